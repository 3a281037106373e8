"""conf.py - how the documentation is built."""

project = "Capstan"
author = "The Capstan authors"
project_copyright = "The Capstan authors. Apache License 2.0"
extensions = ["myst_parser", "sphinx_copybutton"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
html_theme = "furo"
html_title = "Capstan"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["static"]
html_css_files = ["capstan.css"]
smartquotes = False  # "--set" is two hyphens
nitpicky = True
