// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {IComputeReceipt} from "../src/interfaces/IComputeReceipt.sol";
import {IERC3525Receiver} from "../src/interfaces/IERC3525.sol";
import {ReceiptWallet, Recorder} from "./Conformance.t.sol";
import {Plain} from "./utils/Actors.sol";
import {Mood, VoucherWallet} from "./utils/VoucherActors.sol";

/// @notice Has the function of a receiver, but doesn't know ERC-165.
contract SilentReceiver {
    uint256 public asked;

    function onERC3525Received(address, uint256, uint256, uint256, bytes calldata) external returns (bytes4) {
        ++asked;
        return 0xdeadbeef;
    }
}

/// @notice ERC-3525's receivers and metadata, clause by clause.
contract ConformanceErc3525ReceiverTest is Recorder {
    function _told(ReceiptWallet wallet, address by, uint256 fromId, uint256 toId, uint256 value) private {
        vm.assertEq(wallet.told(), keccak256(abi.encode(by, fromId, toId, value, "")));
        vm.assertEq(wallet.ownerThen(), address(wallet));
    }

    // --- Receivers -------------------------------------------------------------------------------------------------

    /// @dev The magic value is the selector, 0x009ce20b.
    function testMagicValue() public {
        vm.assertTrue(IERC3525Receiver.onERC3525Received.selector == 0x009ce20b, "magic");
    }

    /// @dev Both transfers: the function is called after the value moved, with operator, tokens and value.
    function testReceiverIsCalledAfterTheTransfer() public {
        ReceiptWallet wallet = _receiptWallet();
        vm.prank(alice);
        receipts.approve(a1, dave, 100);
        vm.prank(dave);
        uint256 made = receipts.transferFrom(a1, address(wallet), uint256(5));
        _told(wallet, dave, a1, made, 5);
        vm.assertEq(wallet.unitsThen(), 5);
        vm.prank(bob);
        receipts.transferFrom(b1, made, 6);
        _told(wallet, bob, b1, made, 6);
        vm.assertEq(wallet.unitsThen(), 11);
        vm.assertEq(wallet.asked(), 2);
    }

    /// @dev Of a list, each move is told as it would be alone.
    function testReceiverIsCalledForEachOfABatch() public {
        ReceiptWallet[2] memory wallets = [_receiptWallet(), _receiptWallet()];
        vm.startPrank(alice);
        uint256 first = receipts.transferFrom(a1, address(wallets[0]), uint256(5));
        uint256 second = receipts.transferFrom(a1, address(wallets[1]), uint256(5));
        receipts.transferBatch(_ids(a1, a1), _ids(first, second), _ids(6, 7));
        vm.stopPrank();
        _told(wallets[0], alice, a1, first, 6);
        _told(wallets[1], alice, a1, second, 7);
        vm.assertEq(wallets[0].unitsThen(), 11);
        vm.assertEq(wallets[1].unitsThen(), 12);
    }

    /// @dev A token that is made for a contract: it is asked as well, about value from zero.
    function testReceiverIsCalledAtIssue() public {
        ReceiptWallet wallet = _receiptWallet();
        vm.prank(address(spv));
        uint256 made = receipts.issue(slot, address(wallet), 5);
        _told(wallet, address(spv), 0, made, 5);
    }

    /// @dev Both transfers: revert if the answer is another, or if there is none.
    function testReceiverThatRefusesReverts() public {
        ReceiptWallet wallet = _receiptWallet();
        vm.prank(alice);
        uint256 made = receipts.transferFrom(a1, address(wallet), uint256(5));
        bytes[3] memory reasons = [
            abi.encodeWithSelector(IComputeReceipt.ReceiverRefused.selector, address(wallet)),
            abi.encodeWithSelector(VoucherWallet.NotNow.selector),
            bytes("")
        ];
        vm.startPrank(alice);
        for (uint256 i; i < 3; ++i) {
            wallet.setMood(Mood(i + 1));
            vm.expectRevert(reasons[i]);
            receipts.transferFrom(a1, address(wallet), uint256(5));
            vm.expectRevert(reasons[i]);
            receipts.transferFrom(a1, made, 5);
        }
        vm.assertEq(receipts.balanceOf(made), 5);
        vm.assertEq(receipts.balanceOf(address(wallet)), 1);
    }

    /// @dev "Check, notify and response": a contract that has no such function gets the value without being asked.
    function testContractThatIsNoReceiverAccepts() public {
        address plain = address(new Plain());
        _admit(plain);
        vm.startPrank(alice);
        uint256 made = receipts.transferFrom(a1, plain, uint256(5));
        receipts.transferFrom(a1, made, 5);
        vm.assertEq(receipts.balanceOf(made), 10);
    }

    /// @dev The value is there when a receiver is called: it may pass it on, and reach nothing else.
    function testReentrantReceiver() public {
        ReceiptWallet wallet = _receiptWallet();
        bytes4 selector = bytes4(keccak256("transferFrom(uint256,uint256,uint256)"));
        uint256 made = a1 + 3;
        wallet.prepare(address(receipts), abi.encodeWithSelector(selector, made, b1, 5));
        vm.prank(alice);
        receipts.transferFrom(a1, address(wallet), uint256(5));
        vm.assertTrue(wallet.succeeded(), "passed on");
        vm.assertEq(receipts.balanceOf(made), 0);
        vm.assertEq(receipts.balanceOf(b1), SIZE * 3 / 10 + 5);

        wallet.prepare(address(receipts), abi.encodeWithSelector(selector, a1, made, 1));
        vm.prank(alice);
        receipts.transferFrom(a1, made, 5);
        vm.assertTrue(wallet.tried() && !wallet.succeeded(), "no value of another");
        vm.assertEq(receipts.balanceOf(a1), SIZE / 2 - 10);
    }

    /// @dev "MUST check for the function if the owner is a smart contract, if the function exists, MUST call": whether
    /// it exists is found out by ERC-165, as the reference implementation does; one that has it but doesn't say so
    /// isn't asked. `IERC3525Receiver` says so.
    function testDeviationFunctionIsFoundByErc165() public {
        SilentReceiver silent = new SilentReceiver();
        _admit(address(silent));
        vm.prank(alice);
        receipts.transferFrom(a1, address(silent), uint256(5));
        vm.assertEq(silent.asked(), 0);
    }

    /// @dev "When a smart contract which implements onERC3525Received transfers value to itself, it will also be
    /// called": between two of its tokens, to a new one, and cut. Joining is no transfer of the standard.
    function testReceiverIsCalledForItsOwnValue() public {
        ReceiptWallet wallet = _receiptWallet();
        vm.prank(alice);
        receipts.transferFrom(alice, address(wallet), a1);
        vm.startPrank(address(wallet));
        uint256 made = receipts.transferFrom(a1, address(wallet), uint256(5));
        _told(wallet, address(wallet), a1, made, 5);
        receipts.transferFrom(a1, made, 6);
        _told(wallet, address(wallet), a1, made, 6);
        uint256 piece = receipts.split(made, _ids(4))[0];
        _told(wallet, address(wallet), made, piece, 4);
        vm.assertEq(wallet.asked(), 3);
        receipts.merge(_ids(piece), made);
        vm.assertEq(wallet.asked(), 3);
        vm.assertEq(receipts.balanceOf(made), 11);
        wallet.setMood(Mood.WrongAnswer);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.ReceiverRefused.selector, address(wallet)));
        receipts.transferFrom(a1, made, 5);
        vm.stopPrank();
    }

    /// @dev "MUST check ... if the owner is a smart contract"; here only one that was a contract when its standing was set,
    /// not one deployed since (or an account that delegated since, EIP-7702). Setting the standing again mends it.
    function testDeviationReceiverDeployedAfterItsStandingIsNotCalled() public {
        address predicted = vm.computeCreateAddress(address(this), vm.getNonce(address(this)));
        _admit(predicted);
        ReceiptWallet wallet = new ReceiptWallet();
        vm.assertEq(address(wallet), predicted);
        wallet.setMood(Mood.WrongAnswer);
        vm.prank(alice);
        uint256 made = receipts.transferFrom(a1, predicted, uint256(5));
        vm.assertEq(wallet.asked(), 0);

        _admit(predicted);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.ReceiverRefused.selector, predicted));
        vm.prank(alice);
        receipts.transferFrom(a1, made, 5);
    }

    /// @dev Not one of the standard's transfers: a forced one asks nobody, and can't be refused. See IComputeReceipt,
    /// "Unlike the standards".
    function testDeviationForcedTransferAsksNobody() public {
        ReceiptWallet wallet = _receiptWallet();
        wallet.setMood(Mood.Revert);
        vm.prank(compliance);
        receipts.forcedTransfer(a1, address(wallet), 5, "order");
        vm.assertEq(wallet.asked(), 0);
    }

    // --- Metadata --------------------------------------------------------------------------------------------------

    /// @dev The JSON of a data URI.
    function _json(string memory uri) private pure returns (string memory) {
        return _decoded(uri, "data:application/json;base64,");
    }

    function _decoded(string memory uri, bytes memory head) private pure returns (string memory) {
        bytes memory all = bytes(uri);
        bytes memory rest = new bytes(all.length - head.length);
        for (uint256 i; i < head.length; ++i) {
            require(all[i] == head[i], "header");
        }
        for (uint256 i; i < rest.length; ++i) {
            rest[i] = all[head.length + i];
        }
        return string(Base64.decode(string(rest)));
    }

    function _has(string memory json, string memory key) private {
        vm.assertTrue(more.keyExistsJson(json, key), key);
    }

    function _lacks(string memory json, string memory key) private {
        vm.assertTrue(!more.keyExistsJson(json, key), key);
    }

    /// @dev contractURI, slotURI, tokenURI: JSON in a URI that begins with `data:application/json;`, with a name and a
    /// description; a token also has an image.
    function testMetadataIsJson() public {
        string[3] memory list = [receipts.contractURI(), receipts.slotURI(slot), receipts.tokenURI(a1)];
        for (uint256 i; i < 3; ++i) {
            _has(_json(list[i]), ".name");
            _has(_json(list[i]), ".description");
        }
        _has(_json(list[2]), ".image");
    }

    /// @dev tokenURI: the date of redemption is drawn until its period is over, and no other one then.
    function testImageHasTheDateWhileThereIsOne() public {
        string memory svg = _image(receipts.tokenURI(a1));
        vm.assertTrue(more.contains(svg, "2026-01-02"), "maturity");
        for (uint256 i; i < 4; ++i) {
            _collectQuarter(i);
            _distribute();
        }
        svg = _image(receipts.tokenURI(a1));
        vm.assertTrue(more.contains(svg, ">due<") && !more.contains(svg, "1970"), "it is due");
    }

    function _image(string memory uri) private pure returns (string memory) {
        return _decoded(more.parseJsonString(_json(uri), ".image"), "data:image/svg+xml;base64,");
    }

    /// @dev slotURI: of a slot that there is.
    function testSlotUriOfNoSlotReverts() public {
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.UnknownSeries.selector, slot + 1));
        receipts.slotURI(slot + 1);
    }
}
