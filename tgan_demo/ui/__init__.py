"""The page. Everything that knows Gradio lives here."""

from tgan_demo.ui.proxies import no_proxy

with no_proxy():
    import gradio as gradio
