// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Period} from "../src/libraries/Waterfall.sol";
import {Allotment} from "../src/types/Allotment.sol";
import {Budget} from "../src/types/Budget.sol";
import {Claim, ClaimLibrary} from "../src/types/Claim.sol";
import {Distribution, DistributionLibrary} from "../src/types/Distribution.sol";
import {LogHead, LogHeadLibrary} from "../src/types/LogHead.sol";
import {PaymentList, PaymentListLibrary} from "../src/types/PaymentList.sol";
import {Person, PersonLibrary} from "../src/types/Person.sol";
import {Proof} from "./utils/Proof.sol";

/// @notice The other words: distributions, logs, persons, claims, and the list of payments in memory.
/// @custom:halmos --panic-error-codes *
contract WordsProof is Proof {
    using ClaimLibrary for Claim[];

    struct Payment {
        address holder;
        uint256 units;
        uint256 amount;
    }

    // --- Distribution ------------------------------------------------------------------------------------------

    /// @dev What is planned reads back, and is not funded. Any period.
    function check_planned(Period calldata p) external pure {
        Distribution d = DistributionLibrary.plan(p);
        Period memory q = d.period();
        assert(keccak256(abi.encode(p)) == keccak256(abi.encode(q)));
        assert(d.recordDay() == p.recordDay);
        assert(d.paymentDay() == p.paymentDay);
        assert(!d.funded());
    }

    /// @dev Face that is added and taken away changes the face alone. Any planned word; the sum is below 2^64, and no
    /// more is taken than there is.
    function check_plannedFace(Distribution d, uint64 more, uint64 less) external pure {
        uint256 word = Distribution.unwrap(d);
        uint256 face = d.period().face;
        assert(face == _bits(word, 160, 64));
        vm.assume(face + more < 1 << 64 && less <= face);
        assert(Distribution.unwrap(d.plusFace(more)) == _with(word, 160, 64, face + more));
        assert(Distribution.unwrap(d.minusFace(less)) == _with(word, 160, 64, face - less));
    }

    /// @dev What is funded reads back, with nothing paid and not closed. Amount and units below 2^56, day below 2^24.
    function check_funded(uint56 amount, uint56 units, uint24 expiry, bool redemption) external pure {
        Distribution d = DistributionLibrary.fund(amount, units, expiry, redemption);
        assert(d.amount() == amount);
        assert(d.units() == units);
        assert(d.expiryDay() == expiry);
        assert(d.redemption() == redemption);
        assert(d.funded());
        assert(d.paid() == 0);
        assert(d.unitsPaid() == 0);
        assert(!d.closed());
    }

    /// @dev Paying counts what is paid and its units, closing sets its bit, and nothing else changes. Any funded word;
    /// paid and units paid stay below 2^56.
    function check_fundedPays(Distribution d, uint56 paid, uint56 units) external pure {
        uint256 word = Distribution.unwrap(d);
        assert(d.paid() == _bits(word, 56, 56));
        assert(d.unitsPaid() == _bits(word, 112, 56));
        assert(Distribution.unwrap(d.asClosed()) == _with(word, 249, 1, 1));
        assert(d.asClosed().closed());
        vm.assume(d.paid() + paid < 1 << 56 && d.unitsPaid() + units < 1 << 56);
        uint256 counted = _with(_with(word, 56, 56, d.paid() + paid), 112, 56, d.unitsPaid() + units);
        assert(Distribution.unwrap(d.plusPaid(paid, units)) == counted);
    }

    // --- Budget ------------------------------------------------------------------------------------------------

    /// @dev Getters read the bits of the table, and each move of cash or units changes its fields alone. Any word; each
    /// field stays within its width.
    function check_budget(Budget b, uint128 amount, uint64 units) external pure {
        uint256 word = Budget.unwrap(b);
        assert(b.cash() == _bits(word, 0, 128));
        assert(b.held() == _bits(word, 128, 64));
        assert(b.spent() == _bits(word, 192, 64));
        if (b.cash() + amount < 1 << 128) {
            assert(Budget.unwrap(b.plusCash(amount)) == _with(word, 0, 128, b.cash() + amount));
        }
        if (b.held() + units < 1 << 64) {
            assert(Budget.unwrap(b.plusHeld(units)) == _with(word, 128, 64, b.held() + units));
        }
        vm.assume(units <= b.held());
        uint256 less = _with(word, 128, 64, b.held() - units);
        assert(Budget.unwrap(b.minusHeld(units)) == less);
        vm.assume(b.spent() + units < 1 << 64);
        assert(Budget.unwrap(b.plusSpent(units)) == _with(less, 192, 64, b.spent() + units));
    }

    // --- Allotment ---------------------------------------------------------------------------------------------

    /// @dev Getters read the bits of the table, and each move changes its fields alone. Any word; each field stays
    /// within its width.
    function check_allotment(Allotment a, uint64 units, uint64 redeemed) external pure {
        uint256 word = Allotment.unwrap(a);
        assert(a.units() == _bits(word, 0, 64));
        assert(a.redeemed() == _bits(word, 64, 192));
        assert(Allotment.unwrap(a.withoutRedeemed()) == a.units());
        if (a.units() >= units) assert(Allotment.unwrap(a.minus(units)) == _with(word, 0, 64, a.units() - units));
        vm.assume(a.redeemed() < (1 << 192) - (1 << 64));
        assert(Allotment.unwrap(a.plusRedeemed(redeemed)) == _with(word, 64, 192, a.redeemed() + redeemed));
        vm.assume(a.units() + units < 1 << 64);
        uint256 more = _with(word, 0, 64, a.units() + units);
        assert(Allotment.unwrap(a.plus(units)) == more);
        assert(Allotment.unwrap(a.plusIssued(units)) == _with(more, 64, 192, a.redeemed() + units));
    }

    /// @dev What is due is, in plain words, the least of points' worth and the cap, less what was issued, and at most
    /// what is free. Any word, any amounts; a unit has a price in points.
    /// @custom:halmos --solver cvc5-int
    function check_allotmentDue(Allotment a, uint256 points, uint256 price, uint256 cap, uint256 free) external pure {
        vm.assume(price != 0);
        uint256 worth = _min(points / price, cap);
        uint256 left = worth > a.redeemed() ? worth - a.redeemed() : 0;
        assert(a.due(points, price, cap, free) == _min(left, free));
    }

    // --- LogHead -----------------------------------------------------------------------------------------------

    /// @dev Getters read the bits of the table, a new maintainer changes nothing else, and a batch counts one more and
    /// sets the size alone. Any word; sizes below 2^48, batches below their last.
    function check_logHead(LogHead h, address maintainer, uint48 size, uint48 batches) external pure {
        uint256 word = LogHead.unwrap(h);
        assert(uint160(h.maintainer()) == _bits(word, 0, 160));
        assert(h.size() == _bits(word, 160, 48));
        assert(h.batches() == _bits(word, 208, 48));
        assert(LogHead.unwrap(h.withMaintainer(maintainer)) == _with(word, 0, 160, uint160(maintainer)));
        LogHead made = LogHeadLibrary.make(maintainer, size, batches);
        assert(made.maintainer() == maintainer && made.size() == size && made.batches() == batches);
        vm.assume(h.batches() < type(uint48).max);
        uint256 longer = _with(_with(word, 160, 48, size), 208, 48, h.batches() + 1);
        assert(LogHead.unwrap(h.withBatch(size)) == longer);
    }

    // --- Person ------------------------------------------------------------------------------------------------

    /// @dev Getters read the bits of the table, a graduation changes nothing else, and a payee is wallet and points.
    /// Any word, any points below 2^64.
    function check_person(Person p, uint32 programme, uint32 day, uint64 points) external pure {
        uint256 word = Person.unwrap(p);
        assert(uint160(p.wallet()) == _bits(word, 0, 160));
        assert(p.day() == _bits(word, 160, 32));
        assert(p.programme() == _bits(word, 192, 32));
        assert(p.rotations() == _bits(word, 224, 8));
        uint256 graduated = _with(_with(word, 160, 32, day), 192, 32, programme);
        assert(Person.unwrap(p.withGraduation(programme, day)) == graduated);
        assert(p.payee(points) == _with(uint160(p.wallet()), 160, 64, points));
    }

    /// @dev A new person is a wallet alone. A rotation sets the wallet, counts one, and keeps the graduation. Any word
    /// whose rotations are not the last, any wallet.
    function check_personRotated(Person p, address to) external pure {
        uint256 word = Person.unwrap(p);
        assert(Person.unwrap(PersonLibrary.make(to)) == uint160(to));
        vm.assume(p.rotations() < 255);
        assert(Person.unwrap(p.rotated(to)) == _with(_with(word, 0, 160, uint160(to)), 224, 8, p.rotations() + 1));
    }

    // --- Claim -------------------------------------------------------------------------------------------------

    /// @dev Getters read the bits of the table, and the leaf is the hash of a zero byte and the 22 bytes. Any word.
    function check_claim(Claim c) external pure {
        uint256 word = Claim.unwrap(c);
        assert(c.last() == _bits(word, 0, 48));
        assert(c.points() == _bits(word, 48, 64));
        assert(c.person() == _bits(word, 112, 64));
        bytes memory data = abi.encodePacked(bytes1(0), uint64(c.person()), uint64(c.points()), uint48(c.last()));
        assert(c.leaf() == keccak256(data));
    }

    /// @dev One of a list, and its leaf among the leaves of all, are those of the word at that place. Lists of three.
    function check_claims(Claim[3] calldata three) external view {
        Claim[] memory list = new Claim[](3);
        for (uint256 i; i < 3; ++i) {
            list[i] = three[i];
        }
        this.claims(list);
    }

    function claims(Claim[] calldata list) external pure {
        bytes32[] memory leaves = list.leaves();
        assert(leaves.length == list.length);
        for (uint256 i; i < list.length; ++i) {
            assert(Claim.unwrap(list.get(i)) == Claim.unwrap(list[i]));
            assert(leaves[i] == list[i].leaf());
        }
    }

    // --- PaymentList -------------------------------------------------------------------------------------------

    /// @dev What is set reads back, whatever is set beside it; the memory is, word by word, what the compiler encodes
    /// for `Paid`; and what was in memory before stays. Lists of three, any payments below 2^160 and 2^256.
    function check_paymentList(Payment[3] calldata three, uint256 beside) external pure {
        uint256[] memory before = new uint256[](1);
        before[0] = beside;
        PaymentList list = PaymentListLibrary.make(3);
        uint256[] memory behind = new uint256[](1);
        behind[0] = beside;
        Payment[] memory payments = new Payment[](3);
        for (uint256 left = 3; left > 0; --left) {
            uint256 i = left - 1;
            payments[i] = three[i];
            list.set(i, three[i].holder, three[i].units, three[i].amount);
        }
        for (uint256 i; i < 3; ++i) {
            (address holder, uint256 amount) = list.get(i);
            assert(holder == three[i].holder);
            assert(amount == three[i].amount);
        }
        bytes memory encoded = abi.encode(payments);
        assert(encoded.length == 0x160);
        for (uint256 place; place < 0x160; place += 32) {
            uint256 ours;
            uint256 theirs;
            assembly ("memory-safe") {
                ours := mload(add(list, place))
                theirs := mload(add(add(encoded, 0x20), place))
            }
            assert(ours == theirs);
        }
        assert(before[0] == beside && behind[0] == beside);
    }
}
