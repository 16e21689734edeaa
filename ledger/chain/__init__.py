"""Everything that speaks EVM. It knows nothing of the store, the engine or the services.

    node        the seam: what the ledger asks of a chain, whichever chain it is
    embedded    that seam on eth-tester and py-evm in this process (``evm``: the chain; ``chaindata``: its file;
                ``blocks``: reading it; ``simulation``: calls and estimates)
    server      the embedded chain as Ethereum JSON-RPC on HTTP (``jsonrpc``: from a request to its answer;
                ``rpcmethods``, ``rpcdev``, ``rpcfilters``: the methods; ``rpcparams``, ``rpcformat``, ``rpcerrors``)
    rpc         that seam on a JSON-RPC endpoint
    networks    named networks, opened and checked
    signing     accounts, transactions, EIP-712 (``devkeys``: the public keys of local chains)
    artifacts   the ABI and bytecode of our contracts (``abi``, ``codec``: encoding and decoding)
    bindings    a contract at an address: reading it, and building calls for it
    reverts     what a contract meant when it refused

Conventions, everywhere in this package: an address is a checksummed ``0x`` string; a hash, a topic, calldata and a
raw transaction are ``bytes``; amounts are ``int`` in wei or in a token's smallest unit; times are whole seconds since
1970 UTC. Importing a module here does not import web3, eth-tester or py-evm; only opening an embedded chain does, and
the modules that work inside of one.
"""
