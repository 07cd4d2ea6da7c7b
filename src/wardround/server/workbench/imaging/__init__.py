"""The pixels of studies as the image page draws them: decoded once here, sent as they are, windowed in the browser."""
