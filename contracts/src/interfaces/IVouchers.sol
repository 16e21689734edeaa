// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1155MetadataURI} from "@openzeppelin/contracts/token/ERC1155/extensions/IERC1155MetadataURI.sol";

/// @notice What a programme's issuer fixes when it opens it, for good.
/// @param publisher Says which points the claims contract may count for the programme.
/// @param cash Token that the budget is in and providers are paid in.
/// @param unitValue Units of `cash` that one voucher unit is worth.
/// @param pointsPerUnit Points that one voucher unit takes.
/// @param cap Units that one person can get at most; zero: no limit.
/// @param expiry Last second in which vouchers can be issued, moved, revoked and redeemed.
/// @param transferable Whether holders may pass vouchers on.
/// @param policyHash Hash of the policy by which points were given.
/// @param uri Metadata of the token (ERC-1155).
struct ProgrammeTerms {
    address publisher;
    address cash;
    uint64 unitValue;
    uint64 pointsPerUnit;
    uint64 cap;
    uint64 expiry;
    bool transferable;
    bytes32 policyHash;
    string uri;
}

/// @notice A holder pays a provider's invoice in vouchers. One of the two sends it, the other one signs it.
/// @param invoice The provider's invoice; each one is paid once.
/// @param deadline Last second in which the signature is good.
struct Redemption {
    uint32 programme;
    address holder;
    address provider;
    uint64 units;
    bytes32 invoice;
    uint64 deadline;
}

/// @title Model vouchers: points of graduates turned into model services
/// @notice A programme is a budget in cash, and an ERC-1155 token of the programme's number: each unit of the token is
/// worth the same cash. The claims contract says how many points an account has, and the account gets units for them as
/// far as the budget goes. Holders spend units at the programme's providers, who are then paid out of the budget.
///
/// Guarantees
/// - No unit without its cash: units held and units spent of a programme are never worth more than what was paid in.
/// - What a provider accepted is its own: neither revocation nor expiry reaches it, and nobody can stop the payment.
/// - Points count once: `redeemed` of an account never falls, but when all of it moves to the person's next wallet.
/// - An invoice of a provider is paid once, ever.
/// - No account can hold up the issue to others, by refusing vouchers or otherwise.
/// - Nothing here is upgradeable; the terms of a programme never change.
///
/// Trusts: the claims contract for who has how many points; the authority for who may open a programme; a programme's
/// issuer for its providers and for revocations; the cash that it names, which has to move what it is told to.
///
/// Unlike ERC-1155 on purpose
/// - A contract that refuses what is issued or migrates to it takes back that part, not the transaction; it is asked
///   within a limit of gas.
/// - The issuer (`revoke`), the claims contract (`migrate`) and the parties to a redemption need no approval.
/// - Nothing, not even a value of zero, moves of a programme that is not transferable, is over, or doesn't exist.
/// - The zero address can't be an operator.
interface IVouchers is IERC1155MetadataURI {
    // --- Events ------------------------------------------------------------------------------------------------

    /// @notice A programme was opened; its number is its token id, announced by `TransferSingle` of zero from zero to
    /// zero.
    event ProgrammeOpened(
        uint256 indexed programme, address indexed issuer, address indexed publisher, ProgrammeTerms terms
    );

    /// @notice The programme accepts a provider, or no longer does.
    event ProviderSet(uint256 indexed programme, address indexed provider, bool accepted);

    /// @notice Cash was paid into the programme's budget.
    event Funded(uint256 indexed programme, address indexed from, uint256 amount);

    /// @notice The contract `to` did not accept these units. They stay where they were: with `from`, or not issued.
    event DeliveryRefused(uint256 indexed programme, address indexed from, address indexed to, uint256 units);

    /// @notice All that an account was issued counts for the person's next wallet. The units have events of their own.
    /// @param amount Units that the account had been issued.
    event Migrated(uint256 indexed programme, address indexed from, address indexed to, uint256 amount);

    /// @notice A holder paid a provider's invoice with units; the provider has `value` of cash to get for them.
    event Redeemed(
        uint256 indexed programme,
        address indexed holder,
        address indexed provider,
        uint256 units,
        uint256 value,
        bytes32 invoice
    );

    /// @notice A provider was paid all that it had to get in this cash.
    event Reimbursed(address indexed provider, address indexed cash, uint256 amount);

    /// @notice The issuer took units back; their value is free again.
    event Revoked(uint256 indexed programme, address indexed holder, uint256 units, string reason);

    /// @notice The programme is over: what no provider has to get went back to the issuer.
    event Closed(uint256 indexed programme, address indexed issuer, uint256 amount);

    // --- Errors ------------------------------------------------------------------------------------------------

    /// @notice The terms make no sense in `field`.
    error InvalidTerms(string field);
    /// @notice No such programme.
    error UnknownProgramme(uint256 programme);
    /// @notice The programme is over.
    error Expired(uint256 programme, uint256 expiry);
    /// @notice The programme is not over yet.
    error NotExpired(uint256 programme, uint256 expiry);
    /// @notice The caller is not the programme's issuer.
    error NotIssuer(uint256 programme, address caller);
    /// @notice The caller is not the claims contract.
    error NotClaims(address caller);
    /// @notice Only the contract itself.
    error NotSelf(address caller);
    /// @notice Holders can't pass the programme's vouchers on.
    error NotTransferable(uint256 programme);
    /// @notice The programme doesn't accept the provider.
    error NotAccepted(uint256 programme, address provider);
    /// @notice The caller is neither the holder nor the provider.
    error NotParty(address caller);
    /// @notice The provider's invoice was paid before.
    error AlreadyInvoiced(address provider, bytes32 invoice);
    /// @notice The signature has run out.
    error SignatureExpired(uint256 deadline);
    /// @notice The signature is not the other party's, or is of something else.
    error SignatureInvalid(address signer);
    /// @notice The cash token moved another amount than it was told to.
    error CashMismatch(uint256 expected, uint256 received);
    /// @notice The budget would be worth more units than 64 bits can count.
    error BudgetTooLarge(uint256 programme, uint256 budget);
    /// @notice An amount of zero.
    error NothingGiven(uint256 programme);
    /// @notice There is nothing to pay out to `to` in this cash.
    error NothingToPay(address to, address cash);

    // --- The issuer of a programme -----------------------------------------------------------------------------

    /// @notice Opens a programme with the caller as its issuer. District only.
    /// @return id The programme's number, from 1: the token's id.
    function open(ProgrammeTerms calldata terms, address[] calldata providers) external returns (uint256 id);

    /// @notice Accepts a provider from now on, or no longer. What a provider has to get already stays. Issuer only.
    function setProvider(uint256 id, address provider, bool accepted) external;

    /// @notice Takes units back from a holder before expiry; their value is free again. The holder's points stay
    /// redeemed. Issuer only.
    function revoke(uint256 id, address holder, uint256 units, string calldata reason) external;

    // --- The budget --------------------------------------------------------------------------------------------

    /// @notice Pays cash of the caller's into the budget, before expiry. A token that keeps a fee is refused.
    function fund(uint256 id, uint256 amount) external;

    /// @notice Ends a programme after its expiry: all that no provider has to get returns to the issuer. Anyone.
    /// @return amount Cash that was returned.
    function close(uint256 id) external returns (uint256 amount);

    // --- The claims contract -----------------------------------------------------------------------------------

    /// @notice Issues to each account, in this order, what its points come to and it has not had yet, as far as the
    /// budget goes. Claims only, until expiry.
    /// @dev One word for each account, from the lowest bit: account 160, its points in all so far 64; the rest means
    /// nothing. An account that has code now is asked as ERC-1155 says (`onERC1155Received`), within a limit of gas.
    /// One that refuses, fails or runs out of gas gets nothing now, and can get it later.
    /// @return units Units issued in all.
    function issue(uint256 id, uint256[] calldata words) external returns (uint256 units);

    /// @notice Moves all that a person's former wallet was issued, and all units that it holds, whoever had them first,
    /// to the next one. If that has code and refuses the units, they stay with the former one until a later call; what
    /// was issued moves in any case. Never reverts for that, or when there is nothing to move. Claims only. Not
    /// stopped by expiry; but the claims contract migrates only on its way to `issue`, which is over then.
    function migrate(uint256 id, address from, address to) external;

    // --- Holders and providers ---------------------------------------------------------------------------------

    /// @notice Spends units at a provider. The caller is the holder, and the provider signed; or the other way round.
    /// @dev EIP-712, domain "Model Vouchers", "1":
    /// `Redemption(uint32 programme,address holder,address provider,uint64 units,bytes32 invoice,uint64 deadline)`.
    /// ERC-1271 wallets too. Until the programme's expiry.
    function redeem(Redemption calldata redemption, bytes calldata counterSignature) external;

    /// @notice Pays a provider all that it has to get in this cash. Anyone, also after expiry.
    /// @return amount Cash that was paid.
    function reimburse(address provider, address cash) external returns (uint256 amount);

    // --- Views -------------------------------------------------------------------------------------------------

    /// @notice The contract that alone may issue.
    function claims() external view returns (address);

    /// @notice The terms of a programme; all zero for one that doesn't exist.
    function programme(uint256 id) external view returns (ProgrammeTerms memory);

    /// @notice Who opened the programme.
    function issuerOf(uint256 id) external view returns (address);

    /// @notice Units that an account was issued for its points. It never falls, but when it moves to the next wallet.
    function redeemed(uint256 id, address account) external view returns (uint256);

    /// @notice Whether the programme accepts the provider.
    function accepts(uint256 id, address provider) external view returns (bool);

    /// @notice Whether the provider's invoice was paid.
    function invoiced(address provider, bytes32 invoice) external view returns (bool);

    /// @notice The programme's budget: cash paid in, less what went back to the issuer; units that are held; units that
    /// were spent at providers. Units that are held when the programme closes lapse, and are no longer counted.
    function budgetOf(uint256 id) external view returns (uint256 cash, uint256 held, uint256 spent);

    /// @notice Units that the budget still has room for.
    function freeUnits(uint256 id) external view returns (uint256);

    /// @notice Cash that a provider has to get.
    function owed(address provider, address cash) external view returns (uint256);
}
