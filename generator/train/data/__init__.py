"""What a network learns from: pictures and labels, stored as arrays, and the batches drawn from them."""
