"""Edit, the part of Play below the picture: own items, directions, mixing, tables, a plane."""
