"""What a network has learnt: the images it finds most typical, its kernels, and what its layers make of a picture."""
