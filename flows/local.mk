# Flows that are installed, and tested.
