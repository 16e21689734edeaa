// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {State} from "../src/interfaces/ISpv.sol";
import {RecordFixture} from "./utils/RecordFixture.sol";

/// @notice A receipt that moves after a record date keeps what it was then, and is paid for it all the same.
contract KeptTest is RecordFixture {
    event RecordKept(uint256 indexed tokenId, uint256 indexed epoch, address indexed holder, uint256 units);

    // --- Moves between record and payment --------------------------------------------------------------------------

    function testSellerIsPaid() public {
        _collectQuarter(0);
        _at(ISSUE + 85);
        spv.fixRecord();
        vm.expectEmit(address(receipts));
        emit RecordKept(a1, 0, alice, SIZE / 2);
        vm.prank(alice);
        receipts.transferFrom(alice, dave, a1);
        vm.assertEq(_kept(a1, 0), SIZE / 2);
        vm.assertEq(receipts.keptOf(a1, 0).owner(), alice);
        uint256 epoch = _distribute();
        spv.pay(epoch, _ids(a1, a1)); // also when it stands twice in the list
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(_balance(dave), 0);
        vm.assertEq(_kept(a1, 0), 0);
        _paysNothing(epoch, _ids(a1));
    }

    function testBuyerBeforeTheRecordIsPaid() public {
        vm.prank(alice);
        uint256 bought = receipts.transferFrom(a1, dave, SIZE / 4);
        uint256 epoch = _distributeQuarter(0);
        spv.pay(epoch, _ids(bought, a1));
        vm.assertEq(_balance(dave), _share(FIRST, SIZE / 4));
        vm.assertEq(_balance(alice), _share(FIRST, SIZE / 4));
    }

    /// @dev Untouched ones, kept ones and both in one list; a run of one holder is one payment, however it is kept.
    function testKeptAndUntouchedInOneRun() public {
        vm.prank(alice);
        uint256 piece = receipts.split(a1, _ids(30))[0];
        uint256 epoch = _distributeQuarter(0);
        vm.prank(alice);
        receipts.transferFrom(alice, dave, piece);
        spv.pay(epoch, _ids(piece, a1, b1));
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(_balance(bob), _share(FIRST, SIZE * 3 / 10));
        vm.assertEq(_balance(dave), 0);
    }

    function testMoveOfUpToDateReceiptsKeepsNothing() public {
        uint256 epoch = _distributeQuarter(0);
        spv.pay(epoch, _ids(a1, b1));
        vm.prank(alice);
        receipts.transferFrom(a1, b1, 5);
        vm.assertEq(_kept(a1, epoch) + _kept(b1, epoch), 0);
        _paysNothing(epoch, _ids(a1, b1));
    }

    /// @dev A receipt without units has nothing to keep, and is up to date all the same.
    function testEmptyReceiptKeepsNothing() public {
        vm.startPrank(alice);
        uint256 empty = receipts.split(a1, _ids(1))[0];
        receipts.transferFrom(empty, a1, 1);
        vm.stopPrank();
        uint256 epoch = _distributeQuarter(0);
        vm.prank(alice);
        receipts.transferFrom(alice, dave, empty);
        vm.assertTrue(!receipts.keptOf(empty, epoch).exists(), "nothing kept");
        vm.assertEq(receipts.positionOf(empty).epoch(), 1);
    }

    // --- Several missed record dates -------------------------------------------------------------------------------

    function testEachMissedRecordIsKept() public {
        _distributeQuarter(0);
        _distributeQuarter(1);
        for (uint256 epoch; epoch < 2; ++epoch) {
            vm.expectEmit(address(receipts));
            emit RecordKept(a1, epoch, alice, SIZE / 2);
        }
        vm.prank(alice);
        receipts.transferFrom(a1, b1, 5); // both sides missed two record dates
        for (uint256 i; i < 2; ++i) {
            uint256 epoch = 1 - i; // in any order: the second first
            vm.assertEq(_kept(a1, epoch), SIZE / 2);
            vm.assertEq(_kept(b1, epoch), SIZE * 3 / 10);
            spv.pay(epoch, _ids(a1, b1));
        }
        vm.assertEq(_balance(alice), FIRST / 2 + SECOND / 2);
        vm.assertEq(_balance(bob), _share(FIRST, SIZE * 3 / 10) + _share(SECOND, SIZE * 3 / 10));
        vm.assertEq(receipts.positionOf(a1).epoch(), 2);
    }

    /// @dev Sold after each of two records: each seller is paid for one's own, and the last owner for the third.
    function testEachOwnerIsPaidForOnesOwnRecord() public {
        _distributeQuarter(0);
        vm.prank(alice);
        receipts.transferFrom(alice, dave, a1);
        _distributeQuarter(1);
        vm.prank(dave);
        receipts.transferFrom(dave, bob, a1);
        uint256 third = _distributeQuarter(2);
        for (uint256 epoch; epoch <= third; ++epoch) {
            spv.pay(epoch, _ids(a1));
        }
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(_balance(dave), SECOND / 2);
        vm.assertEq(_balance(bob), uint256(680_547_945) / 2);
    }

    /// @dev Paid for the first, moved after the second: only that one is kept.
    function testWhatIsPaidIsNotKept() public {
        _distributeQuarter(0);
        uint256 second = _distributeQuarter(1);
        spv.pay(0, _ids(a1));
        vm.prank(alice);
        receipts.transferFrom(a1, b1, 5);
        vm.assertEq(_kept(a1, 0), 0);
        vm.assertEq(_kept(a1, second), SIZE / 2);
        _paysNothing(0, _ids(a1));
    }

    // --- Cut, joined, gone -----------------------------------------------------------------------------------------

    function testMergedAndSplitStillCountOnce() public {
        vm.prank(alice);
        uint256[] memory made = receipts.split(a1, _ids(SOME, 2 * SOME));
        uint256 epoch = _distributeQuarter(0);
        vm.prank(alice);
        receipts.merge(_ids(made[0]), made[1]);
        vm.assertEq(_kept(made[0], epoch), SOME); // is gone, and keeps its record
        vm.assertEq(_kept(made[1], epoch), 2 * SOME);
        spv.pay(epoch, _ids(made[0], made[1], a1));
        vm.assertEq(_balance(alice), FIRST / 2);
        _paysNothing(epoch, _ids(made[0], made[1], a1));
    }

    /// @dev A new receipt was not there at the record; the one that it was cut from keeps all.
    function testSplitAfterTheRecord() public {
        uint256 epoch = _distributeQuarter(0);
        vm.prank(alice);
        uint256 piece = receipts.split(a1, _ids(SIZE / 4))[0];
        _paysNothing(epoch, _ids(piece));
        spv.pay(epoch, _ids(a1, piece));
        vm.assertEq(_balance(alice), FIRST / 2);
    }

    // --- Force and freezes -----------------------------------------------------------------------------------------

    function testForcedTransferKeepsTheRecord() public {
        uint256 epoch = _distributeQuarter(0);
        vm.prank(compliance);
        uint256 moved = receipts.forcedTransfer(a1, dave, SIZE / 2, "court");
        spv.pay(epoch, _ids(moved, a1, b1));
        vm.assertEq(_balance(alice), FIRST / 2);
        vm.assertEq(_balance(dave), 0);
    }

    function testFrozenHoldersRecordWaits() public {
        uint256 epoch = _distributeQuarter(0);
        vm.prank(alice);
        receipts.transferFrom(alice, dave, a1);
        _freeze(alice, true);
        _paysNothing(epoch, _ids(a1));
        spv.pay(epoch, _ids(a1, b1)); // holds up nobody
        _freeze(alice, false);
        spv.pay(epoch, _ids(a1));
        vm.assertEq(_balance(alice), FIRST / 2);
    }

    /// @dev Who bought it since is frozen, not who is paid.
    function testFrozenBuyerHoldsUpNobody() public {
        uint256 epoch = _distributeQuarter(0);
        vm.prank(alice);
        receipts.transferFrom(alice, dave, a1);
        _freeze(dave, true);
        _freeze(a1, true);
        spv.pay(epoch, _ids(a1));
        vm.assertEq(_balance(alice), FIRST / 2);
    }

    /// @dev Nobody gets a frozen receipt's coupon out by moving units into it.
    function testFrozenReceiptsRecordWaits() public {
        vm.prank(alice);
        uint256 piece = receipts.split(a1, _ids(10))[0];
        uint256 epoch = _distributeQuarter(0);
        _freeze(a1, true);
        vm.prank(alice);
        receipts.transferFrom(piece, a1, 1);
        vm.assertEq(_kept(a1, epoch), SIZE / 2 - 10);
        _paysNothing(epoch, _ids(a1));
        _freeze(a1, false);
        spv.pay(epoch, _ids(a1));
        vm.assertEq(_balance(alice), _share(FIRST, SIZE / 2 - 10));
    }

    /// @dev Nor by force: what a court moved away is paid for the record when the receipt is released.
    function testFrozenReceiptsRecordWaitsAfterForce() public {
        uint256 epoch = _distributeQuarter(0);
        _freeze(a1, true);
        vm.prank(compliance);
        receipts.forcedTransfer(a1, dave, SIZE / 2, "court");
        _paysNothing(epoch, _ids(a1));
        _freeze(a1, false);
        spv.pay(epoch, _ids(a1));
        vm.assertEq(_balance(alice), FIRST / 2);
    }

    // --- The end ---------------------------------------------------------------------------------------------------

    /// @dev A receipt that is redeemed, and gone, is still paid for the records that it kept.
    function testRedeemedBeforeItsKeptCoupons() public {
        _distributeQuarter(0);
        vm.prank(alice);
        receipts.transferFrom(alice, dave, a1);
        uint256 last;
        for (uint256 quarter = 1; quarter < 4; ++quarter) {
            last = _distributeQuarter(quarter);
        }
        for (uint256 epoch = 1; epoch <= last + 1; ++epoch) {
            spv.pay(epoch, _ids(a1));
        }
        vm.assertEq(receipts.balanceOf(dave), 0);
        vm.assertEq(receipts.seriesOf(slot).units(), SIZE / 2);
        vm.assertEq(_balance(alice), 0);
        spv.pay(0, _ids(a1, b1, c1));
        vm.assertEq(_balance(alice), FIRST / 2);
        for (uint256 epoch = 1; epoch <= last + 1; ++epoch) {
            spv.pay(epoch, _ids(b1, c1));
        }
        vm.assertTrue(spv.status().state == State.Redeemed, "redeemed");
        _solvent();
    }

    /// @dev Too late, it is counted and paid nothing, as an untouched one is.
    function testKeptUntilItExpired() public {
        uint256 epoch = _distributeQuarter(0);
        vm.prank(alice);
        receipts.transferFrom(alice, dave, a1);
        _at(spv.epochAt(epoch).expiryDay + 1);
        spv.close(epoch);
        vm.assertEq(spv.pay(epoch, _ids(a1)), 0);
        vm.assertEq(_balance(alice), 0);
        vm.assertEq(_kept(a1, epoch), 0);
        vm.assertEq(spv.epochAt(epoch).unitsPaid, SIZE / 2);
    }

    // --- Any order, any cut ----------------------------------------------------------------------------------------

    uint256 private _seed;

    function _pick(uint256 n) private returns (uint256) {
        _seed = uint256(keccak256(abi.encode(_seed)));
        return _seed % n;
    }

    /// @dev One of the receipts that were ever made.
    function _any() private returns (uint256) {
        return (slot << 64) | (1 + _pick(receipts.seriesOf(slot).serial()));
    }

    function _ownerOf(uint256 tokenId) private view returns (address owner, uint256 units) {
        try receipts.ownerOf(tokenId) returns (address found) {
            (owner, units) = (found, receipts.balanceOf(tokenId));
        } catch {}
    }

    /// @dev A move that may be refused.
    function _move() private {
        (uint256 kind, uint256 from, uint256 to) = (_pick(5), _any(), _any());
        (address owner, uint256 units) = _ownerOf(from);
        address receiver = [alice, bob, carol, dave][_pick(4)];
        uint256 value = _pick(3) == 0 ? _pick(100) : _pick(units + 1);
        vm.prank(kind == 4 ? compliance : owner);
        if (kind == 0) {
            try receipts.transferFrom(owner, receiver, from) {} catch {}
        } else if (kind == 1) {
            try receipts.transferFrom(from, to, value) {} catch {}
        } else if (kind == 2) {
            try receipts.transferFrom(from, receiver, value) {} catch {}
        } else if (kind == 3) {
            try receipts.merge(_ids(from), to) {} catch {}
        } else {
            try receipts.forcedTransfer(from, receiver, value, "") {} catch {}
        }
    }

    /// @dev However receipts move and lists are cut: at each step, what is paid, not yet paid and dust is what was
    /// funded; in the end each unit is paid once, to who held it then, less than one minor unit a payment short.
    function testFuzzPaidUnclaimedAndDustAreWhatWasFunded(uint256 seed) public {
        _seed = seed;
        address[4] memory holders = [alice, bob, carol, dave];
        uint256[4] memory units;
        for (uint256 i; i < 6; ++i) {
            _move();
        }
        for (uint256 id = a1; id <= (slot << 64 | receipts.seriesOf(slot).serial()); ++id) {
            (address owner, uint256 held) = _ownerOf(id);
            for (uint256 i; i < 4; ++i) {
                if (holders[i] == owner) units[i] += held;
            }
        }
        uint256 epoch = _distributeQuarter(0);
        uint256 runs;
        for (uint256 i; i < 12; ++i) {
            if (_pick(2) == 0) {
                _move();
            } else {
                runs += 3;
                try spv.pay(epoch, _ids(_any(), _any(), _any())) {} catch {}
            }
            _solvent();
        }
        uint256 last = slot << 64 | receipts.seriesOf(slot).serial();
        for (uint256 id = a1; id <= last; ++id) {
            ++runs;
            try spv.pay(epoch, _ids(id)) {} catch {}
        }
        vm.assertEq(spv.epochAt(epoch).unitsPaid, SIZE);
        vm.assertEq(spv.epochAt(epoch).paid, FIRST);
        uint256 paid;
        for (uint256 i; i < 4; ++i) {
            uint256 whole = _share(FIRST, units[i]);
            paid += _balance(holders[i]);
            vm.assertLe(_balance(holders[i]), whole, "never more");
            vm.assertGe(_balance(holders[i]) + runs, whole, "less than one a payment");
        }
        vm.assertEq(spv.accounts().dust, FIRST - paid);
    }
}
