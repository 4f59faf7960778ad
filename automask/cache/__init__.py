"""What is kept from picture to picture: built components, and their results."""
