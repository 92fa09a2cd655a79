"""Authority: keys, and the document without which nobody is looked at, from a readable form to its last signature.

A *form* (TOML) says why, where, who, when and how, in words and names of files (``form``, read line by line by
``lines``). A *draft* is what it asks for, and everything that is wrong with it, each with its line and what to change
(``draft``). The device's own code decides what is wrong: the terms and signers of :mod:`edge.wire`, the rules of
:mod:`edge.domain`, the threshold of :mod:`edge.steps`; nothing is signed that a device would refuse (``signing``).
Before anybody signs they read it in plain words, at a terminal or on a page to print (``words``, ``page``).

Keys lie in files, under a passphrase or without, or in a token that is spoken to through its own PKCS #11 module and
never gives them away (``keys``, ``token``). A FIDO2 authenticator is not used as such: what it signs is a challenge
wrapped in data of its own, never a document's bytes, so every device and auditor would need a second verifier and a
second form of signature. Many such sticks speak PKCS #11 besides, and are used through that.
"""
