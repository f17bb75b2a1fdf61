"""Electronic signatures: demo authority, enveloped XMLDSig, WS-Security and detached signatures.

The only importer of signxml. The rooms outside see the ports of `engine.ports`, and:

- `DemoSigner`, `DemoVerifier`: fulfil the ports with keys of a demo `Authority`;
- `verify_chain`: all signatures of one case, in the order in which they were made;
- `soap`, `detached`: signatures of messages to and from outside systems.

NCALayer takes `DemoSigner`'s place in a browser, NCANode `DemoVerifier`'s.
"""

from engine.signing.authority import Authority, Identity
from engine.signing.chain import Link, verify_chain
from engine.signing.demo import DemoSigner, DemoVerifier

__all__ = ["Authority", "DemoSigner", "DemoVerifier", "Identity", "Link", "verify_chain"]
