"""Pictures of what is inside a prediction, as SVG and HTML that load nothing from elsewhere."""
