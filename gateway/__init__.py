"""The gateway: REST and WebSocket over what the stores hold, and analysis on request."""
