"""The two networks behind the ports of :mod:`segue.ports`."""
