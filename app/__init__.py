"""HTTP and command line over the domain."""
