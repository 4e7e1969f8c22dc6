// Package module finds the code of a plugin's module: built in, in a file, or
// in an OCI artifact, which is in a registry or in an image layout on disk.
//
// An artifact is an OCI manifest with one layer of a media type of WebAssembly.
// Everything that comes from a registry is bounded before it is taken, checked
// against its digest, and kept on disk under that digest: what a name says
// which content it means, by a digest or a pin, is had again without the
// registry. What is kept is checked each time that it is read.
//
// A tag can mean another content tomorrow. It is looked up whenever a module is
// read, which is when Penstock starts, reloads or changes the filter, and never
// in between.
package module
