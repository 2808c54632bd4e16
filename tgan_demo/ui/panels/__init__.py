"""One panel a file: plain handlers, and a build() that draws and binds them."""
