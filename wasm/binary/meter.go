package binary

// StackBudget is what the estimated frames of nested calls may add up to, in
// bytes. A Go function is estimated at some hundred bytes to a few thousand.
const StackBudget = 16 << 20

// MaxTable is what the tables of a module can have together, in entries: each
// gets a maximum, for growing tables is not bounded by the engine, and their
// memory, 8 bytes an entry, not by the memory's cap.
const MaxTable = 1 << 20
