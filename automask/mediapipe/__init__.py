"""MediaPipe's nets, the same ones whichever MediaPipe runs."""
