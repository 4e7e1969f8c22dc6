// Package registrytest serves an OCI registry on loopback, in the process of the
// test: the part of the distribution API with which artifacts are pushed and pulled.
package registrytest
