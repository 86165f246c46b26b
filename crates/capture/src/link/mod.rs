//! Link layers, tunnels and IP: from a frame to a TCP segment.
