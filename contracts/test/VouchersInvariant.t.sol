// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IVouchers, ProgrammeTerms, Redemption} from "../src/interfaces/IVouchers.sol";
import {FeeToken} from "./utils/Actors.sol";
import {Mood, MoodyToken, VoucherWallet} from "./utils/VoucherActors.sol";
import {VoucherFixture} from "./utils/VoucherFixture.sol";

/// @notice What people do, in any order, in four programmes: two share an honest cash, one has a cash that says no at
/// times, one a cash that keeps a fee. Persons get points, change wallets, pass vouchers on, spend and lose them.
contract VouchersHandler is VoucherFixture {
    uint256 public constant PROGRAMMES = 4;
    uint256 internal constant PERSONS = 4;
    uint256 internal constant FIRST_KEY = 0xF1257;

    address[4] internal _cashes;
    address[2] internal _providers;
    uint256[2] internal _providerKeys = [PROVIDER_KEY, PROVIDER_KEY + 1];

    address[] internal _wallets;
    mapping(address wallet => uint256) internal _keyOf;
    address[][PERSONS] internal _walletsOf;
    uint256[PERSONS] internal _points;

    /// @dev What is known from outside: what was issued, per programme and wallet; what was paid; what was invoiced.
    mapping(uint256 programme => uint256) internal _issued;
    mapping(uint256 programme => mapping(address wallet => uint256)) internal _redeemed;
    mapping(address cash => uint256) internal _reimbursed;
    mapping(address provider => mapping(bytes32 invoice => bool)) internal _invoiced;

    /// @notice What must never happen.
    string public broken;

    uint256 public issues;
    uint256 public moves;
    uint256 public redemptions;
    uint256 public payments;
    uint256 public revocations;
    uint256 public ends;

    constructor() {
        setUp();
        MoodyToken moody = new MoodyToken();
        FeeToken fee = new FeeToken();
        _cashes = [address(cash), address(cash), address(moody), address(fee)];
        _providers = [vm.addr(_providerKeys[0]), vm.addr(_providerKeys[1])];
        cash.mint(district, 1e18);
        moody.mint(district, 1e18);
        fee.mint(district, 1e18);
        vm.prank(district);
        cash.approve(address(vouchers), type(uint256).max);

        ProgrammeTerms memory terms = _terms();
        for (uint64 i = 1; i < PROGRAMMES; ++i) {
            terms.cash = _cashes[i];
            terms.unitValue = UNIT + 1_000 * i;
            terms.cap = i == 1 ? 20 : 0;
            terms.transferable = i != 1;
            terms.expiry = EXPIRY + i * 10 days;
            _programme(terms);
        }
        for (uint256 i; i < PROGRAMMES; ++i) {
            vm.prank(district);
            vouchers.setProvider(i + 1, _providers[1], true);
        }
        for (uint256 i; i < PERSONS; ++i) {
            _newWallet(i, i);
        }
    }

    modifier watched() {
        _;
        for (uint256 programme = 1; programme <= PROGRAMMES; ++programme) {
            for (uint256 i; i < _wallets.length; ++i) {
                uint256 now_ = vouchers.redeemed(programme, _wallets[i]);
                if (now_ < _redeemed[programme][_wallets[i]]) broken = "what was redeemed fell";
                _redeemed[programme][_wallets[i]] = now_;
            }
        }
    }

    // --- Who and what ----------------------------------------------------------------------------------------------

    function _newWallet(uint256 person, uint256 seed) private {
        address wallet;
        if (seed % 3 == 2) {
            wallet = address(new VoucherWallet());
        } else {
            uint256 key = FIRST_KEY + _wallets.length;
            wallet = vm.addr(key);
            _keyOf[wallet] = key;
        }
        _wallets.push(wallet);
        _walletsOf[person].push(wallet);
    }

    function _programmeOf(uint256 seed) private pure returns (uint256) {
        return 1 + seed % PROGRAMMES;
    }

    function _current(uint256 person) private view returns (address) {
        return _walletsOf[person][_walletsOf[person].length - 1];
    }

    /// @dev A wallet that holds something, if there is one.
    function _holder(uint256 programme, uint256 seed) private view returns (address wallet) {
        for (uint256 i; i < _wallets.length; ++i) {
            wallet = _wallets[addmod(seed, i, _wallets.length)];
            if (vouchers.balanceOf(wallet, programme) != 0) break;
        }
    }

    // --- Claims ----------------------------------------------------------------------------------------------------

    /// @dev As the claims contract does it: former wallets first, then all in one call.
    function issue(uint256 seed, uint16[PERSONS] memory more, uint8 from) external watched {
        uint256 programme = _programmeOf(seed);
        uint256[] memory words = new uint256[](PERSONS);
        for (uint256 i; i < PERSONS; ++i) {
            uint256 person = (from + i) % PERSONS;
            _points[person] += more[person];
            for (uint256 j; j + 1 < _walletsOf[person].length; ++j) {
                _migrate(programme, _walletsOf[person][j], _current(person));
            }
            words[i] = _word(_current(person), _points[person]);
        }
        bool over = block.timestamp > vouchers.programme(programme).expiry;
        vm.prank(claims);
        try vouchers.issue(programme, words) returns (uint256 units) {
            _issued[programme] += units;
            if (units != 0) ++issues;
            if (over) broken = "issued after expiry";
        } catch {
            if (!over) broken = "an issue was held up";
        }
    }

    function _migrate(uint256 programme, address from, address to) private {
        uint256 moved = vouchers.redeemed(programme, from);
        vm.prank(claims);
        try vouchers.migrate(programme, from, to) {
            _redeemed[programme][from] -= moved;
            _redeemed[programme][to] += moved;
            if (vouchers.redeemed(programme, from) != 0) broken = "not all moved";
        } catch {
            broken = "a migration was held up";
        }
    }

    function rotate(uint256 person, uint256 seed) external watched {
        person %= PERSONS;
        if (_walletsOf[person].length < 3) _newWallet(person, seed);
    }

    function setMood(uint256 wallet, uint8 mood, bool refuses) external {
        MoodyToken(_cashes[2]).setRefuses(refuses);
        for (uint256 i; i < _wallets.length; ++i) {
            address candidate = _wallets[addmod(wallet, i, _wallets.length)];
            if (candidate.code.length == 0) continue;
            VoucherWallet(candidate).setMood(Mood(mood % 2 == 0 ? 0 : (mood / 2) % 6));
            break;
        }
    }

    // --- Money -----------------------------------------------------------------------------------------------------

    function fund(uint256 seed, uint32 amount) external watched {
        uint256 programme = _programmeOf(seed);
        vm.prank(district);
        try vouchers.fund(programme, amount) {
            if (programme == 4) broken = "took a cash that keeps a fee";
        } catch {}
    }

    function reimburse(uint256 seed, uint256 which) external watched {
        address token = _cashes[seed % PROGRAMMES];
        address payee = _providers[which % 2];
        uint256 due = vouchers.owed(payee, token);
        try vouchers.reimburse(payee, token) returns (uint256 amount) {
            _reimbursed[token] += amount;
            ++payments;
        } catch {
            if (due != 0 && token == address(cash)) broken = "a payment was held up";
        }
    }

    function close(uint256 seed) external watched {
        uint256 programme = _programmeOf(seed);
        bool over = block.timestamp > vouchers.programme(programme).expiry;
        try vouchers.close(programme) {
            ++ends;
            if (!over) broken = "closed too early";
        } catch {}
    }

    // --- Holders ---------------------------------------------------------------------------------------------------

    function transfer(uint256 seed, uint256 from, uint256 to, uint64 units, bool byOperator) external watched {
        uint256 programme = _programmeOf(seed);
        address holder = _holder(programme, from);
        address receiver = _wallets[to % _wallets.length];
        if (byOperator) {
            vm.prank(holder);
            vouchers.setApprovalForAll(stranger, true);
        }
        uint256 value = units % (vouchers.balanceOf(holder, programme) + 2);
        vm.prank(byOperator ? stranger : holder);
        try vouchers.safeTransferFrom(holder, receiver, programme, value, "") {
            ++moves;
            if (programme == 2) broken = "moved what doesn't move";
        } catch {}
    }

    function transferBatch(uint256 from, uint256 to, uint8 first, uint8 second, uint256[2] memory ids)
        external
        watched
    {
        address holder = _holder(_programmeOf(ids[0]), from);
        vm.prank(holder);
        try vouchers.safeBatchTransferFrom(
            holder,
            _wallets[to % _wallets.length],
            _ids(_programmeOf(ids[0]), _programmeOf(ids[1])),
            _ids(first % 5, second % 5),
            ""
        ) {
            ++moves;
        } catch {}
    }

    function redeem(uint256 seed, uint256 from, uint64 units, uint8 which, uint8 number) external watched {
        id = _programmeOf(seed);
        address holder = _holder(id, from);
        Redemption memory r = _redemption(holder, 0, keccak256(abi.encode(number % 8)));
        r.provider = _providers[which % 2];
        r.units = uint64(units % (vouchers.balanceOf(holder, id) + 2));
        r.deadline = type(uint64).max;
        bytes memory signature;
        if (which % 4 < 2 || (_keyOf[holder] == 0 && holder.code.length == 0)) {
            signature = _signed(_providerKeys[which % 2], _digestOf(r));
            vm.prank(holder);
        } else {
            if (_keyOf[holder] == 0) VoucherWallet(holder).approveDigest(_digestOf(r));
            else signature = _signed(_keyOf[holder], _digestOf(r));
            vm.prank(r.provider);
        }
        try vouchers.redeem(r, signature) {
            ++redemptions;
            if (_invoiced[r.provider][r.invoice]) broken = "an invoice was paid twice";
            if (block.timestamp > vouchers.programme(id).expiry) broken = "redeemed after expiry";
            _invoiced[r.provider][r.invoice] = true;
            _again(r, which);
        } catch {}
    }

    /// @dev The same invoice once more, for one unit and newly signed.
    function _again(Redemption memory r, uint256 which) private {
        r.units = 1;
        bytes memory signature = _signed(_providerKeys[which % 2], _digestOf(r));
        vm.prank(r.holder);
        try vouchers.redeem(r, signature) {
            broken = "an invoice was paid twice";
        } catch {}
    }

    // --- The issuer, strangers and time ----------------------------------------------------------------------------

    function revoke(uint256 seed, uint256 from, uint64 units) external watched {
        uint256 programme = _programmeOf(seed);
        address holder = _holder(programme, from);
        uint256 value = units % (vouchers.balanceOf(holder, programme) + 2);
        vm.prank(district);
        try vouchers.revoke(programme, holder, value, "") {
            ++revocations;
        } catch {}
    }

    function setProvider(uint256 seed, uint256 which, uint8 accepted) external watched {
        vm.prank(district);
        vouchers.setProvider(_programmeOf(seed), _providers[which % 2], accepted % 4 != 0);
    }

    function intrude(uint256 seed, address by, uint256 what) external watched {
        if (by == claims || by == district || by == address(vouchers)) return;
        uint256 programme = _programmeOf(seed);
        bytes[5] memory calls = [
            abi.encodeCall(IVouchers.issue, (programme, _ids(_word(by, 1e6)))),
            abi.encodeCall(IVouchers.migrate, (programme, _holder(programme, seed), by)),
            abi.encodeCall(IVouchers.revoke, (programme, _holder(programme, seed), 0, "")),
            abi.encodeCall(IVouchers.setProvider, (programme, by, true)),
            abi.encodeWithSignature("deliver(uint256,address,address,uint256)", programme, address(0), by, 1)
        ];
        vm.prank(by);
        (bool success,) = address(vouchers).call(calls[what % 5]);
        if (success) broken = "a stranger got in";
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + time % 40 days);
    }

    // --- What has to hold ------------------------------------------------------------------------------------------

    function inBudget(uint256 programme) external view returns (bool) {
        (uint256 amount, uint256 held, uint256 spent) = vouchers.budgetOf(programme);
        return (held + spent) * vouchers.programme(programme).unitValue <= amount
            && vouchers.freeUnits(programme) + held + spent == amount / vouchers.programme(programme).unitValue;
    }

    /// @dev All that wallets hold is what the budget counts as held; when a programme is closed it counts none.
    function unitsAddUp(uint256 programme) external view returns (bool) {
        uint256 sum;
        for (uint256 i; i < _wallets.length; ++i) {
            sum += vouchers.balanceOf(_wallets[i], programme);
        }
        if (block.timestamp > vouchers.programme(programme).expiry && _held(programme) == 0) return true;
        return sum == _held(programme);
    }

    function pointsAddUp(uint256 programme) external view returns (bool) {
        uint256 all;
        for (uint256 person; person < PERSONS; ++person) {
            uint256 sum;
            for (uint256 i; i < _walletsOf[person].length; ++i) {
                sum += vouchers.redeemed(programme, _walletsOf[person][i]);
            }
            if (sum > _points[person] / POINTS || (programme == 2 && sum > 20)) return false;
            all += sum;
        }
        return all == _issued[programme];
    }

    /// @dev Nobody gave it anything else, so that what it has is what it has to pay, to the last unit.
    function solvent(uint256 programme) external view returns (bool) {
        address token = _cashes[programme - 1];
        uint256 amount;
        uint256 spent;
        for (uint256 i; i < PROGRAMMES; ++i) {
            if (_cashes[i] != token) continue;
            amount += _inBudget(i + 1);
            spent += _spent(i + 1) * vouchers.programme(i + 1).unitValue;
        }
        uint256 owed = vouchers.owed(_providers[0], token) + vouchers.owed(_providers[1], token);
        return MoodyToken(token).balanceOf(address(vouchers)) == amount - _reimbursed[token]
            && owed == spent - _reimbursed[token] && spent <= amount;
    }
}

/// @notice What holds after any sequence of calls.
contract VouchersInvariantTest is VoucherFixture {
    VouchersHandler internal handler;

    function setUp() public override {
        handler = new VouchersHandler();
    }

    function targetContracts() external view returns (address[] memory) {
        return _holders(address(handler));
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function excludeSelectors() external view returns (FuzzSelector[] memory excluded) {
        excluded = new FuzzSelector[](1);
        excluded[0].addr = address(handler);
        excluded[0].selectors = new bytes4[](1);
        excluded[0].selectors[0] = VoucherFixture.setUp.selector;
    }

    /// @dev The invariants would hold of a handler that gets nothing done, too.
    function testTheHandlerGetsThingsDone() external {
        for (uint256 i; i < 4; ++i) {
            handler.fund(i, uint32(50 * UNIT));
        }
        for (uint256 i; i < 4; ++i) {
            handler.issue(i, [uint16(5_000), 6_500, 7_000, 60_000], 0);
        }
        vm.assertEq(handler.issues(), 3);
        handler.transfer(0, 0, 1, 2, true);
        handler.transferBatch(0, 3, 1, 2, [uint256(0), 2]);
        vm.assertEq(handler.moves(), 2);
        handler.redeem(0, 0, 1, 0, 1);
        handler.redeem(0, 1, 1, 2, 2);
        handler.redeem(2, 2, 1, 2, 3);
        handler.redeem(0, 0, 1, 0, 1); // the same invoice
        vm.assertEq(handler.redemptions(), 3);
        handler.rotate(2, 0);
        handler.rotate(0, 2);
        handler.issue(1, [uint16(500), 6_500, 7_000, 60_000], 2);
        handler.revoke(1, 0, 2);
        vm.assertEq(handler.revocations(), 1);
        handler.reimburse(0, 0);
        handler.setMood(0, 0, true);
        handler.reimburse(2, 0); // says no
        vm.assertEq(handler.payments(), 1);
        for (uint256 i; i < 40; ++i) {
            handler.wait(4 days - 1);
        }
        handler.close(0);
        handler.close(1);
        vm.assertEq(handler.ends(), 2);
        _all();
    }

    function _all() private {
        vm.assertEq(bytes(handler.broken()), "");
        for (uint256 id_ = 1; id_ <= handler.PROGRAMMES(); ++id_) {
            vm.assertTrue(handler.inBudget(id_), "held + spent <= budget");
            vm.assertTrue(handler.unitsAddUp(id_), "balances = held");
            vm.assertTrue(handler.pointsAddUp(id_), "redeemed = issued <= points");
            vm.assertTrue(handler.solvent(id_), "cash = budgets - reimbursed");
        }
    }

    function invariantVouchers() external {
        _all();
    }
}
