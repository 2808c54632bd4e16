"""The tabs, a folder each: plain handlers, and a class that draws and binds them.

A further tab is a folder with its `Panel`, one name in blocks.PANELS and the word "tab.<name>".
"""
