"""What stands in for the world: simulated chip and bus, emulated boards, real servers, a PKI; and the demo."""
