"""Teachers: small published networks that label any audio while Segue's own networks train.

Their weights are read from a folder given by the caller and are never shipped.
"""
