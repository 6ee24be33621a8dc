# Manual pages and what else is installed as documentation.
