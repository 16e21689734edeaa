// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice One entry of a repository's log: a part of one line that one contributor wrote. The leaf's data are these
/// fields in this order, packed: 100 bytes.
/// @param line The hash of the normalised line.
/// @param contributor Who wrote it, as the repository knows them.
/// @param commit The git object id of the commit, left-aligned.
/// @param from Co-authors share the 1000 thousandths of a line, each in an entry of their own: theirs begins here.
/// @param share How many thousandths they have.
struct Entry {
    bytes32 line;
    bytes32 contributor;
    bytes32 commit;
    uint16 from;
    uint16 share;
}

/// @notice What one append changes, as it is signed.
/// @param number The batches before it, so that a signature works once.
/// @param size Entries in the log from now on.
/// @param root The root of their tree.
/// @param head The git object id of the commit up to which the repository was read, left-aligned.
/// @param asOf Lines that other repositories had logged up to this block were left out, as seen before.
struct Batch {
    uint64 number;
    uint64 size;
    bytes32 root;
    bytes32 head;
    uint64 asOf;
}

/// @title Contribution logs: who first wrote which line, one append-only log per repository
/// @notice Only the root and the size of a log's tree (RFC 9162 with keccak-256) are kept here. The entries are
/// published beside the chain, and anyone can check them against it.
///
/// Guarantees
/// - An entry that was ever in a log stays in it, at its place: each batch proves that the log begins with what it was.
/// - Only the maintainer, and the writers that they set, append; nobody can change, delete or stop anything.
/// - A signed batch works once, for one repository, here and on this chain only.
///
/// Trusts: a maintainer for their own repository. Anyone can register anything: who counts on a repository looks at who
/// registered it, and reads it again to check the log.
interface IContributionLog {
    /// @notice A log was opened, for the repository whose first landed commit is `genesis`.
    /// @param rule Which rules lines are normalised and attributed by.
    /// @param policy The programme policy, as the file stands.
    event Registered(
        uint256 indexed repo,
        address indexed maintainer,
        bytes32 indexed genesis,
        uint16 rule,
        string name,
        bytes policy
    );

    /// @notice The maintainer lets the account append, or no longer.
    event WriterSet(uint256 indexed repo, address indexed maintainer, address indexed account, bool on);

    /// @notice The maintainer offers the log to another account; zero: to nobody any more.
    event Offered(uint256 indexed repo, address indexed from, address indexed to);

    /// @notice The log has another maintainer.
    event HandedOver(uint256 indexed repo, address indexed from, address indexed to);

    /// @notice The log went on: see `Batch`.
    event Appended(
        uint256 indexed repo, uint64 number, uint64 size, bytes32 root, bytes32 head, uint64 asOf, address signer
    );

    /// @notice The caller is not the maintainer of the repository.
    error NotMaintainer(uint256 repo, address caller);

    /// @notice The log was not offered to the caller.
    error NotOffered(uint256 repo, address caller);

    /// @notice The account may not append to the log.
    error NotWriter(uint256 repo, address account);

    /// @notice The signer neither signed this batch nor sent it.
    error NotSigned(address signer);

    /// @notice The batch is not the next one.
    error WrongNumber(uint256 number, uint256 next);

    /// @notice More entries than there is room for.
    error TooLarge(uint256 size);

    /// @notice The block is still to come.
    error NotYet(uint256 asOf);

    // --- Maintainers ---------------------------------------------------------------------------------------------

    /// @notice Opens an empty log; the caller is its maintainer.
    /// @return repo The log's number, from 1 upwards.
    function register(bytes32 genesis, uint16 rule, string calldata name, bytes calldata policy)
        external
        returns (uint256 repo);

    /// @notice Lets an account append, or no longer. Writers are their maintainer's: another one has none at first, and
    /// when the log comes back to a former one, so do the writers that they had set, unless they were unset before.
    function setWriter(uint256 repo, address account, bool on) external;

    /// @notice Offers the log to another account, in place of any offer before; zero takes it back.
    function offer(uint256 repo, address to) external;

    /// @notice The caller, to whom it was offered, becomes the log's maintainer.
    function accept(uint256 repo) external;

    // --- Appending -----------------------------------------------------------------------------------------------

    /// @notice Appends a batch of any number of entries, or of none if only the head moved on. Anyone may send it.
    /// @dev `Batch(uint256 repo,uint64 number,uint64 size,bytes32 root,bytes32 head,uint64 asOf)` is what is signed.
    /// @param proof That the new tree begins with the old one (RFC 9162, 2.1.4); empty for the first entries or none.
    /// @param signer The maintainer, or one of their writers.
    /// @param signature The signer's, by EIP-712 (ERC-1271 wallets too); empty if the signer is the caller.
    function append(
        uint256 repo,
        Batch calldata batch,
        bytes32[] calldata proof,
        address signer,
        bytes calldata signature
    ) external;

    // --- Views ---------------------------------------------------------------------------------------------------

    /// @notice Where the log is now. All zero: there is no such log.
    function head(uint256 repo) external view returns (bytes32 root, uint256 size, uint256 batches, address maintainer);

    /// @notice Whether the account may append to the log: its maintainer, or one of their writers.
    function isWriter(uint256 repo, address account) external view returns (bool);

    /// @notice Whether the entry is at `index` of the log as it is now.
    /// @param size The log's size that the path was made for: if it has grown since, the answer is no.
    function includes(uint256 repo, Entry calldata entry, uint256 index, uint256 size, bytes32[] calldata path)
        external
        view
        returns (bool);

    /// @notice The hash of the entry's leaf.
    function entryHash(Entry calldata entry) external pure returns (bytes32);
}
