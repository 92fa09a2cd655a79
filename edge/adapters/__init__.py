"""The world, behind the ports. Siblings here never meet: ``assemble`` wires them."""
