"""One simulated Zoho as a whole: its state, its tokens, its meters and the choices it makes."""
