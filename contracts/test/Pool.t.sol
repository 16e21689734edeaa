// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Governed} from "../src/Governed.sol";
import {SeriesLabel} from "../src/interfaces/IComputeReceipt.sol";
import {Booked, ISpv, Receivable, State} from "../src/interfaces/ISpv.sol";
import {ISpvFactory} from "../src/interfaces/ISpvFactory.sol";
import {Period} from "../src/libraries/Waterfall.sol";
import {Deal, Fixture} from "./utils/Fixture.sol";

/// @notice Terms that contradict themselves, and receivables that are not what the terms say, are refused.
contract PoolTest is Fixture {
    event ReceivableSold(bytes32 indexed key, address indexed spv, bytes32 id, uint256 face, uint256 dueDay);

    // --- Terms -----------------------------------------------------------------------------------------------------

    function _invalid(Deal memory deal, string memory field) internal {
        vm.expectRevert(abi.encodeWithSelector(ISpv.InvalidTerms.selector, field));
        vm.prank(administrator);
        factory.create(deal.parties, deal.offering, deal.rules, deal.periods, SeriesLabel("", "", "", 2), 1, 1);
    }

    function testPartiesAreNamed() public {
        Deal memory deal = _deal();
        deal.parties.cash = stranger; // nothing is there
        _invalid(deal, "cash");
        deal = _deal();
        deal.parties.originator = address(0);
        _invalid(deal, "originator");
        deal = _deal();
        deal.parties.feeRecipient = address(0);
        _invalid(deal, "feeRecipient");
        deal = _deal();
        deal.parties.unclaimedTo = address(0);
        _invalid(deal, "unclaimedTo");
        deal = _deal();
        deal.parties.valuationAgent = address(0);
        _invalid(deal, "valuationAgent");
    }

    function testOfferingTerms() public {
        Deal memory deal = _deal();
        deal.rules.size = 0;
        _invalid(deal, "size");
        deal = _deal();
        deal.offering.softCap = 0;
        _invalid(deal, "softCap");
        deal.offering.softCap = SIZE + 1;
        _invalid(deal, "softCap");
        deal = _deal();
        deal.offering.advanceRate = 0;
        _invalid(deal, "advanceRate");
        deal.offering.advanceRate = 1_000_001;
        _invalid(deal, "advanceRate");
        deal = _deal();
        deal.offering.openDay = deal.offering.closeDay + 1;
        _invalid(deal, "closeDay");
        deal = _deal();
        deal.offering.issueDay = deal.offering.closeDay - 1;
        _invalid(deal, "issueDay");
    }

    function testWaterfallTerms() public {
        Deal memory deal = _deal();
        deal.rules.cashUnit = 0;
        _invalid(deal, "cashUnit");
        deal = _deal();
        deal.rules.basis = 0;
        _invalid(deal, "basis");
        deal = _deal();
        deal.rules.feeRate = 1_000_001;
        _invalid(deal, "feeRate");
        deal = _deal();
        deal.rules.ocDefault = deal.rules.ocTrigger + 1;
        _invalid(deal, "ocDefault");
        deal = _deal();
        deal.rules.arrearsLimit = 0;
        _invalid(deal, "arrearsLimit");
        deal = _deal();
        deal.rules.claimDays = 0;
        _invalid(deal, "claimDays");
        deal = _deal();
        deal.rules.utcOffset = 1 days;
        _invalid(deal, "utcOffset");
        deal.rules.utcOffset = -1 days;
        _invalid(deal, "utcOffset");
    }

    function testPeriods() public {
        Deal memory deal = _deal();
        deal.periods[0].recordDay = uint32(ISSUE);
        _invalid(deal, "recordDay");
        deal.periods[0].recordDay = deal.periods[0].paymentDay + 1;
        _invalid(deal, "recordDay");
        deal = _deal();
        deal.periods[1].recordDay = deal.periods[0].paymentDay;
        _invalid(deal, "recordDay");
        deal = _deal();
        deal.periods[2].target = deal.periods[1].target - 1;
        _invalid(deal, "target");
        deal = _deal();
        deal.periods[3].target = SIZE + 1;
        _invalid(deal, "target");
        deal = _deal();
        deal.periods[3].face = 1;
        _invalid(deal, "face");
        deal = _deal();
        assembly ("memory-safe") {
            mstore(mload(add(deal, 0x60)), 0) // no periods
        }
        _invalid(deal, "periods");
    }

    /// @dev All that may be equal is, and all that has a largest value has it.
    function testTermsAtTheirLimits() public {
        Deal memory deal = _deal();
        deal.offering.openDay = deal.offering.closeDay = deal.offering.issueDay;
        deal.offering.advanceRate = 1_000_000;
        (deal.rules.size, deal.offering.softCap) = (type(uint56).max, type(uint56).max);
        (deal.rules.couponRate, deal.rules.feeRate) = (0, 1_000_000);
        (deal.rules.ocTrigger, deal.rules.ocDefault) = (1_000_000, 1_000_000);
        deal.rules.utcOffset = 1 days - 1;
        deal.periods = new Period[](600);
        for (uint256 i; i < 600; ++i) {
            uint32 day = uint32(ISSUE + i + 1);
            deal.periods[i] = Period(day, day, 1, type(uint56).max, 0);
        }
        deal.rules.ocTrigger = 999_999;
        _invalid(deal, "ocTrigger");
        deal.rules.ocTrigger = 1_000_000;
        (deal.rules.size, deal.periods[599].target) = (1 << 56, 1 << 56);
        _invalid(deal, "accrual");
        (deal.rules.size, deal.periods[599].target) = (type(uint56).max, type(uint56).max);
        vm.expectRevert(abi.encodeWithSelector(ISpv.InvalidTerms.selector, "exponent"));
        _labelled(deal, 19);
        _labelled(deal, 18);
        vm.assertTrue(factory.spvOf(deal.parties.termsHash) != address(0), "created");
        deal.parties.termsHash = keccak256("CRT02");
        deal.rules.utcOffset = 1 - 1 days;
        _labelled(deal, 0);
        deal.parties.termsHash = keccak256("CRT03");
        deal.periods = new Period[](601);
        _invalid(deal, "periods");
    }

    function _labelled(Deal memory deal, uint8 exponent) private {
        SeriesLabel memory label = SeriesLabel("", "", "", exponent);
        vm.prank(administrator);
        factory.create(deal.parties, deal.offering, deal.rules, deal.periods, label, 1, 1);
    }

    function testTermSheetOnce() public {
        Deal memory deal = _deal();
        _create(deal);
        vm.assertEq(factory.spvOf(deal.parties.termsHash), address(spv));
        vm.assertTrue(factory.isSpv(address(spv)), "an SPV");
        vm.expectRevert(abi.encodeWithSelector(ISpvFactory.TermsUsed.selector, deal.parties.termsHash, address(spv)));
        vm.prank(administrator);
        factory.create(deal.parties, deal.offering, deal.rules, deal.periods, SeriesLabel("", "", "", 2), 1, 1);
    }

    function testTermsAreReadBackAsTheyWereGiven() public {
        Deal memory deal = _deal();
        deal.rules.utcOffset = -5 hours;
        _create(deal);
        (bool success, bytes memory terms) = address(spv).staticcall(abi.encodeCall(ISpv.terms, ()));
        vm.assertTrue(success, "terms");
        vm.assertEq(terms, abi.encode(deal.parties, deal.offering, deal.rules));
        for (uint256 i; i < 4; ++i) {
            vm.assertEq(abi.encode(spv.periodAt(i)), abi.encode(deal.periods[i]));
        }
    }

    function testFactoryOnly() public {
        Deal memory deal = _deal();
        _create(deal);
        vm.startPrank(administrator);
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        spv.initialize(1, deal.periods);
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        spv.book(deal.pool);
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        spv.offer(PV);
        vm.stopPrank();
        vm.startPrank(stranger);
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        factory.create(deal.parties, deal.offering, deal.rules, deal.periods, SeriesLabel("", "", "", 2), 1, 1);
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        factory.register(address(spv), deal.pool, new bytes32[](0), new bool[](0));
        vm.expectPartialRevert(Governed.Unauthorized.selector);
        factory.offer(address(spv), PV, "");
        vm.stopPrank();
    }

    // --- Receivables -----------------------------------------------------------------------------------------------

    function _registerRefused(Deal memory deal, bytes memory reason) internal {
        bool[] memory flags = new bool[](deal.pool.length - 1);
        for (uint256 i; i < flags.length; ++i) {
            flags[i] = true;
        }
        vm.expectRevert(reason);
        vm.prank(administrator);
        factory.register(address(spv), deal.pool, new bytes32[](0), flags);
    }

    function testRegister() public {
        Deal memory deal = _deal();
        _create(deal);
        vm.expectEmit(address(factory));
        emit ReceivableSold(_key(deal.pool[0].id), address(spv), deal.pool[0].id, RENT, ISSUE + 30);
        _register(deal);
        Booked memory last = spv.receivable(rents[11]);
        vm.assertEq(last.face, RENT);
        vm.assertEq(last.period, 3);
        for (uint256 i; i < 4; ++i) {
            vm.assertEq(spv.periodAt(i).face, 3 * uint256(RENT));
        }
    }

    /// @dev A receivable belongs to the first period that is paid on its day or later.
    function testFuzzPeriodOfAReceivable(uint16 day, uint8 count) public {
        Deal memory deal = _deal();
        uint256 length = 1 + count % 30;
        deal.periods = new Period[](length);
        for (uint256 i; i < length; ++i) {
            uint32 paymentDay = uint32(ISSUE + 10 * (i + 1) + i % 3);
            deal.periods[i] = Period(paymentDay, paymentDay, 1, uint64(SIZE * (i + 1) / length), 0);
        }
        uint32 dueDay = uint32(ISSUE + day % (10 * length + 1));
        deal.pool[0].dueDay = dueDay;
        for (uint256 i = 1; i < 12; ++i) {
            deal.pool[i].dueDay = uint32(ISSUE);
        }
        _seal(deal);
        _create(deal);
        _register(deal);
        uint256 expected;
        while (deal.periods[expected].paymentDay < dueDay) ++expected;
        vm.assertEq(spv.receivable(rents[0]).period, expected);
        uint256 face = spv.periodAt(expected).face;
        vm.assertEq(face, expected == 0 ? 12 * uint256(RENT) : RENT);
    }

    function testSoldOnce() public {
        Deal memory deal = _deal();
        _create(deal);
        _register(deal);
        address first = address(spv);
        bytes memory taken = abi.encodeWithSelector(ISpvFactory.ReceivableTaken.selector, rents[0], first);
        _registerRefused(deal, taken); // to the same again
        deal.parties.termsHash = keccak256("CRT02");
        _create(deal);
        _registerRefused(deal, taken); // to another
    }

    function testTwiceInOneList() public {
        Deal memory deal = _deal();
        deal.pool[1] = deal.pool[0];
        _seal(deal);
        _create(deal);
        _registerRefused(
            deal, abi.encodeWithSelector(ISpvFactory.ReceivableTaken.selector, deal.pool[0].id, address(spv))
        );
    }

    function testNotInPool() public {
        Deal memory deal = _deal();
        _create(deal);
        bytes memory reason = abi.encodeWithSelector(ISpvFactory.NotInPool.selector, deal.parties.poolRoot);
        deal.pool[3].face += 1;
        _registerRefused(deal, reason);
        deal.pool[3].face -= 1;
        deal.pool[3].dueDay += 1;
        _registerRefused(deal, reason);
    }

    function testDueOutsideTheTerm() public {
        Deal memory deal = _deal();
        deal.pool[0].dueDay = deal.offering.cutOffDay;
        _seal(deal);
        _create(deal);
        _registerRefused(
            deal, abi.encodeWithSelector(ISpv.DueOutsideTerm.selector, deal.pool[0].id, deal.pool[0].dueDay)
        );
        deal = _deal();
        deal.parties.termsHash = keccak256("CRT02");
        deal.pool[11].dueDay = deal.periods[3].paymentDay + 1;
        _seal(deal);
        _create(deal);
        _registerRefused(
            deal, abi.encodeWithSelector(ISpv.DueOutsideTerm.selector, deal.pool[11].id, deal.pool[11].dueDay)
        );
    }

    /// @dev Clones of another factory's implementation would obey that one.
    function testFactoryHasAnImplementationOfItsOwn() public {
        for (uint256 i; i < 2; ++i) {
            uint256 nonce = vm.getNonce(address(this));
            address owner = i == 0 ? address(factory) : vm.computeCreateAddress(address(this), nonce + 1);
            address code = _deploy("Spv.sol:Spv", abi.encode(authority, receipts, owner));
            bytes memory reason = abi.encodeWithSelector(ISpvFactory.WrongImplementation.selector, code, owner);
            bytes memory args = abi.encode(authority, receipts, code);
            vm.assertEq(_deployRefused("SpvFactory.sol:SpvFactory", args), i == 0 ? reason : bytes(""));
        }
    }

    /// @dev Not even its factory can make anything of it.
    function testTheImplementationIsNobodysSpv() public {
        ISpv code = ISpv(_deploy("Spv.sol:Spv", abi.encode(authority, receipts, address(this))));
        vm.assertTrue(code.status().state == State.Failed, "failed");
        vm.expectRevert(abi.encodeWithSelector(ISpv.WrongState.selector, State.Failed));
        code.initialize(1, new Period[](0));
    }

    function testNothingInAReceivable() public {
        Deal memory deal = _deal();
        deal.pool[5].face = 0;
        _seal(deal);
        _create(deal);
        _registerRefused(deal, abi.encodeWithSelector(ISpv.NothingGiven.selector, deal.pool[5].id));
    }

    /// @dev All that the root has is registered, and the terms name one more, or a face that is one more.
    function testCountAndFaceAreTheTerms() public {
        for (uint32 i; i < 2; ++i) {
            Deal memory deal = _deal();
            deal.parties.termsHash = keccak256(abi.encode("odd", i));
            for (uint256 k; k < 12; ++k) {
                deal.pool[k].id = keccak256(abi.encode("odd", i, k));
            }
            _seal(deal);
            deal.offering.poolCount += i;
            deal.offering.poolFace += 1 - i;
            _create(deal);
            _register(deal);
            uint256 face = 12 * uint256(RENT);
            bytes memory signature = _signed(AGENT_KEY, _valuation(deal));
            vm.expectRevert(abi.encodeWithSelector(ISpv.PoolIncomplete.selector, 12, 12 + i, face, face + 1 - i));
            vm.prank(administrator);
            factory.offer(address(spv), PV, signature);
        }
    }

    /// @dev A pool of four in two batches with their proofs; it is offered only when it is whole.
    function testInBatches() public {
        Deal memory deal = _deal();
        Receivable[] memory whole = new Receivable[](4);
        for (uint256 i; i < 4; ++i) {
            whole[i] = deal.pool[i];
            whole[i].face = 3 * RENT;
        }
        deal.pool = whole;
        _seal(deal);
        _create(deal);
        for (uint256 batch; batch < 2; ++batch) {
            Receivable[] memory items = new Receivable[](2);
            (items[0], items[1]) = (whole[2 * batch], whole[2 * batch + 1]);
            bytes32[] memory proof = new bytes32[](1);
            proof[0] = _pair(_leaf(whole[2 - 2 * batch]), _leaf(whole[3 - 2 * batch]));
            bool[] memory flags = new bool[](2);
            flags[0] = true;
            vm.prank(administrator);
            factory.register(address(spv), items, proof, flags);
            if (batch == 1) break;
            bytes memory signature = _signed(AGENT_KEY, _valuation(deal));
            vm.expectRevert(
                abi.encodeWithSelector(ISpv.PoolIncomplete.selector, 2, 4, 6 * uint256(RENT), 12 * uint256(RENT))
            );
            vm.prank(administrator);
            factory.offer(address(spv), PV, signature);
        }
        _offer(deal);
        vm.expectRevert(abi.encodeWithSelector(ISpv.WrongState.selector, State.Offering));
        vm.prank(administrator);
        factory.register(address(spv), new Receivable[](0), _one(deal.parties.poolRoot), new bool[](0));
    }

    function _one(bytes32 node) internal pure returns (bytes32[] memory list) {
        list = new bytes32[](1);
        list[0] = node;
    }

    function testUnknownSpv() public {
        vm.startPrank(administrator);
        vm.expectRevert(abi.encodeWithSelector(ISpvFactory.UnknownSpv.selector, stranger));
        factory.register(stranger, new Receivable[](0), new bytes32[](0), new bool[](0));
        vm.expectRevert(abi.encodeWithSelector(ISpvFactory.UnknownSpv.selector, stranger));
        factory.offer(stranger, PV, "");
        vm.stopPrank();
    }
}
