"""Cases of all layers, in files named after the modules of the layers: see `contract.Case`."""
