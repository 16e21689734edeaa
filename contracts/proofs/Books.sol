// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Spv} from "../src/Spv.sol";
import {IComputeReceipt} from "../src/interfaces/IComputeReceipt.sol";
import {Status} from "../src/interfaces/ISpv.sol";
import {Accounts} from "../src/libraries/Waterfall.sol";
import {Distribution} from "../src/types/Distribution.sol";
import {Proof} from "./utils/Proof.sol";
import {Svm} from "./utils/Svm.sol";

/// @notice The books of an SPV as they are, and as the compiler reads and writes them.
contract Books is Spv {
    constructor() Spv(IAccessManager(address(1)), IComputeReceipt(address(2)), address(3)) {}

    function load() external view returns (Accounts memory) {
        return _loadAccounts();
    }

    function store(Accounts calldata a) external {
        _storeAccounts(a);
    }

    function plainly() external view returns (Accounts memory) {
        return _accounts;
    }

    function statusPlainly() external view returns (Status memory) {
        return _status;
    }

    function distribution(uint256 epoch) external view returns (uint256 word) {
        return Distribution.unwrap(_distributions[epoch]);
    }
}

/// @notice The accounts of an SPV: three words that `SpvBooks` reads and writes by hand, each once, are the ten fields
/// that the compiler lays out.
/// @custom:halmos --panic-error-codes *
contract BooksProof is Proof {
    Svm private constant svm = Svm(0xF3993A62377BCd56AE39D773740A5390411E8BC9);

    Books private _books;

    function setUp() external {
        _books = new Books();
        svm.enableSymbolicStorage(address(_books));
    }

    function _same(Accounts memory a, Accounts memory b) private pure {
        assert(a.collections == b.collections && a.trapped == b.trapped);
        assert(a.reserve == b.reserve && a.sinking == b.sinking);
        assert(a.principal == b.principal && a.arrears == b.arrears);
        assert(a.feesPayable == b.feesPayable && a.residualPayable == b.residualPayable);
        assert(a.dust == b.dust && a.undue == b.undue);
    }

    /// @dev What is read by hand is what the compiler reads. Any words.
    function check_accountsRead() external view {
        _same(_books.load(), _books.plainly());
    }

    /// @dev What is written by hand reads back, by hand and by the compiler: each field has its own bits. Any accounts,
    /// over any words.
    function check_accountsWrite(Accounts calldata a) external {
        _books.store(a);
        _same(_books.plainly(), a);
        _same(_books.load(), a);
    }

    /// @dev Writing the accounts leaves status and distributions as they were. Any accounts, over any words.
    function check_accountsAlone(Accounts calldata a, uint256 epoch) external {
        bytes32 status = keccak256(abi.encode(_books.statusPlainly()));
        uint256 word = _books.distribution(epoch);
        _books.store(a);
        assert(keccak256(abi.encode(_books.statusPlainly())) == status);
        assert(_books.distribution(epoch) == word);
    }
}
