"""The tabs, a folder each: plain handlers, and a build() that draws and binds them."""
