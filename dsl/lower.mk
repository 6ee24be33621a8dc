# Lowering and bindings: what turns checked nodes into images and environments.
LOWER_SOURCES =
