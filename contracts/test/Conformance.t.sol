// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {IERC5267} from "@openzeppelin/contracts/interfaces/IERC5267.sol";
import {IComputeReceipt} from "../src/interfaces/IComputeReceipt.sol";
import {Plain, Wallet} from "./utils/Actors.sol";
import {ActiveFixture} from "./utils/Fixture.sol";
import {Intruder, Mood, VoucherWallet} from "./utils/VoucherActors.sol";

/// @notice The cheatcodes that only the tests of the standards use.
interface VmMore {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function recordLogs() external;
    function getRecordedLogs() external returns (Log[] memory);
    function deal(address account, uint256 balance) external;
    function keyExistsJson(string calldata json, string calldata key) external view returns (bool);
    function parseJson(string calldata json, string calldata key) external pure returns (bytes memory);
    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);
    function contains(string calldata text, string calldata part) external pure returns (bool);
}

/// @notice An ERC-1271 wallet that is asked when it gets receipts, and answers as it is told.
contract ReceiptWallet is Wallet, Intruder {
    Mood public mood;
    uint256 public asked;
    /// @dev All that it was told the last time, and what the caller said about the token meanwhile.
    bytes32 public told;
    address public ownerThen;
    uint256 public unitsThen;

    function setMood(Mood mood_) external {
        mood = mood_;
    }

    function supportsInterface(bytes4 id) external pure returns (bool) {
        return id == 0x01ffc9a7 || id == 0x009ce20b;
    }

    function onERC721Received(address operator, address from, uint256 tokenId, bytes calldata data)
        external
        returns (bytes4)
    {
        told = keccak256(abi.encode(operator, from, tokenId, data));
        return _answer(tokenId, 0x150b7a02);
    }

    function onERC3525Received(address operator, uint256 fromId, uint256 toId, uint256 value, bytes calldata data)
        external
        returns (bytes4)
    {
        told = keccak256(abi.encode(operator, fromId, toId, value, data));
        return _answer(toId, 0x009ce20b);
    }

    function _answer(uint256 tokenId, bytes4 right) private returns (bytes4) {
        ++asked;
        ownerThen = IComputeReceipt(msg.sender).ownerOf(tokenId);
        unitsThen = IComputeReceipt(msg.sender).balanceOf(tokenId);
        _intrude();
        if (mood == Mood.Revert) revert VoucherWallet.NotNow();
        if (mood == Mood.RevertWithoutReason) {
            assembly ("memory-safe") {
                revert(0, 0)
            }
        }
        return mood == Mood.WrongAnswer ? bytes4(0xdeadbeef) : right;
    }
}

/// @notice An active series, and a look at what was emitted.
abstract contract Recorder is ActiveFixture {
    VmMore internal constant more = VmMore(address(vm));

    /// @dev How often the receipts emitted an event since the recording began, which ends here.
    function _emitted(string memory signature) internal returns (uint256 count) {
        VmMore.Log[] memory logs = more.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter == address(receipts) && logs[i].topics[0] == keccak256(bytes(signature))) ++count;
        }
    }

    function _receiptWallet() internal returns (ReceiptWallet wallet) {
        wallet = new ReceiptWallet();
        _admit(address(wallet));
    }
}

/// @notice ERC-165, ERC-721's metadata, ERC-4906, ERC-5267 and ERC-1271 of the receipts, clause by clause.
contract ConformanceReceiptTest is Recorder {
    event Approval(address indexed owner, address indexed approved, uint256 indexed tokenId);
    event MetadataUpdate(uint256 tokenId);

    // --- ERC-165 ---------------------------------------------------------------------------------------------------

    /// @dev ERC-165: true for 0x01ffc9a7 and each implemented interface, with less than 30,000 gas.
    function testSupportsInterfaceOfEachStandard() public {
        bytes4[6] memory ids = [bytes4(0x01ffc9a7), 0x80ac58cd, 0x5b5e139f, 0xd5358140, 0xe1600902, 0x49064906];
        for (uint256 i; i < 6; ++i) {
            vm.assertTrue(receipts.supportsInterface{gas: 30_000}(ids[i]), "claimed");
        }
    }

    /// @dev ERC-165: false for 0xffffffff, and for what is not implemented (enumeration is left out on purpose).
    function testFuzzSupportsNoOtherInterface(bytes4 id) public {
        vm.assume(id != 0x01ffc9a7 && id != 0x80ac58cd && id != 0x5b5e139f);
        vm.assume(id != 0xd5358140 && id != 0xe1600902 && id != 0x49064906);
        vm.assertTrue(!receipts.supportsInterface{gas: 30_000}(id), "not claimed");
        bytes4[5] memory ids = [bytes4(0xffffffff), 0x780e9d63, 0x3b741b9e, 0xb688be58, 0x150b7a02];
        for (uint256 i; i < 5; ++i) {
            vm.assertTrue(!receipts.supportsInterface{gas: 30_000}(ids[i]), "not claimed");
        }
    }

    // --- ERC-721 and ERC-3525 metadata, and ERC-4906 ---------------------------------------------------------------

    /// @dev ERC-3525: JSON in a URI that begins with `data:application/json;`.
    function _json(string memory uri) private returns (string memory) {
        bytes memory head = "data:application/json;base64,";
        bytes memory rest = bytes(uri);
        for (uint256 i; i < head.length; ++i) {
            vm.assertTrue(rest[i] == head[i], "header");
        }
        assembly ("memory-safe") {
            let length := sub(mload(rest), mload(head))
            rest := add(rest, mload(head))
            mstore(rest, length)
        }
        return string(Base64.decode(string(rest)));
    }

    /// @dev An integer of the JSON, and no text that looks like one.
    function _integer(string memory json, string memory key, uint256 value) private {
        vm.assertEq(more.parseJson(json, key), abi.encode(value));
    }

    function _text(string memory json, string memory key, string memory value) private {
        vm.assertEq(more.parseJson(json, key), abi.encode(value));
    }

    /// @dev A text of the JSON that begins like this.
    function _begins(string memory json, string memory key, string memory start) private {
        bytes memory found = bytes(abi.decode(more.parseJson(json, key), (string)));
        for (uint256 i; i < bytes(start).length; ++i) {
            vm.assertTrue(found[i] == bytes(start)[i], key);
        }
    }

    /// @dev ERC-3525, schema for contractURI: name, description, image, valueDecimals; `external_link` is left out
    /// (ICertificate: "Left out on purpose").
    function testContractUriSchema() public {
        string memory json = _json(receipts.contractURI());
        _text(json, ".name", receipts.name());
        _begins(json, ".description", "Receipts of face value");
        _begins(json, ".image", "data:image/svg+xml;base64,");
        _integer(json, ".valueDecimals", receipts.valueDecimals());
        vm.assertTrue(!more.keyExistsJson(json, ".external_link"), "left out");
    }

    /// @dev ERC-3525, schema for slotURI: name, description, image, and an array of properties, each an object with
    /// name, description, value (text or number), is_intrinsic.
    function testSlotUriSchema() public {
        string memory json = _json(receipts.slotURI(slot));
        _text(json, ".name", receipts.labelOf(slot).code);
        _text(json, ".description", receipts.labelOf(slot).name);
        _begins(json, ".image", "data:image/svg+xml;base64,");
        string[4] memory names = ["currency", "exponent", "units", "issuer"];
        for (uint256 i; i < 4; ++i) {
            string memory property = string.concat(".properties[", vm.toString(i), "]");
            _text(json, string.concat(property, ".name"), names[i]);
            _begins(json, string.concat(property, ".description"), "");
            vm.assertEq(more.parseJson(json, string.concat(property, ".is_intrinsic")), abi.encode(false));
        }
        vm.assertTrue(!more.keyExistsJson(json, ".properties[4]"), "no more");
        _text(json, ".properties[0].value", receipts.labelOf(slot).currency);
        _integer(json, ".properties[1].value", receipts.labelOf(slot).exponent);
        _integer(json, ".properties[2].value", receipts.seriesOf(slot).units());
        vm.assertEq(more.parseJson(json, ".properties[3].value"), abi.encode(address(spv)));
    }

    /// @dev ERC-721, ERC-3525, schemas for tokenURI: name, description, image; balance and slot as integers, and an
    /// object of properties.
    function testTokenUriSchema() public {
        for (uint256 i; i < 2; ++i) {
            string memory json = _json(receipts.tokenURI(a1));
            _begins(json, ".name", string.concat(receipts.labelOf(slot).code, " No. "));
            _begins(json, ".description", "Compute receipt: face value ");
            _begins(json, ".image", "data:image/svg+xml;base64,");
            _integer(json, ".balance", receipts.balanceOf(a1));
            _integer(json, ".slot", slot);
            _text(json, ".properties.series", receipts.labelOf(slot).code);
            _text(json, ".properties.currency", receipts.labelOf(slot).currency);
            _integer(json, ".properties.exponent", receipts.labelOf(slot).exponent);
            vm.assertEq(more.parseJson(json, ".properties.frozen"), abi.encode(i == 1));
            _text(json, ".attributes[3].value", i == 1 ? "yes" : "no");
            vm.prank(compliance);
            receipts.setReceiptFrozen(_ids(a1), true, "");
        }
    }

    /// @dev ERC-721 metadata: a name and an abbreviation for the collection.
    function testNameAndSymbol() public {
        vm.assertTrue(bytes(receipts.name()).length != 0 && bytes(receipts.symbol()).length != 0, "named");
    }

    /// @dev ERC-721 metadata, tokenURI: distinct for each token.
    function testTokenUriIsDistinct() public {
        vm.assertTrue(keccak256(bytes(receipts.tokenURI(a1))) != keccak256(bytes(receipts.tokenURI(b1))), "distinct");
    }

    /// @dev ERC-4906: MetadataUpdate for each token whose metadata change.
    function testMetadataUpdateWhenFrozen() public {
        bytes32 before = keccak256(bytes(receipts.tokenURI(b1)));
        vm.expectEmit(address(receipts));
        emit MetadataUpdate(a1);
        vm.expectEmit(address(receipts));
        emit MetadataUpdate(b1);
        vm.prank(compliance);
        receipts.setReceiptFrozen(_ids(a1, b1), true, "");
        vm.assertTrue(before != keccak256(bytes(receipts.tokenURI(b1))), "changed");
    }

    /// @dev ERC-4906: recommends no event when a token is minted or burned.
    function testNoMetadataUpdateWhenMadeOrDestroyed() public {
        vm.startPrank(alice);
        more.recordLogs();
        uint256[] memory made = receipts.split(a1, _ids(1));
        receipts.merge(made, a1);
        vm.assertEq(_emitted("MetadataUpdate(uint256)"), 0);
    }

    /// @dev ERC-4906 wants the event whenever the JSON changes; not here for units and holder (IComputeReceipt:
    /// "Unlike the standards, on purpose").
    function testDeviationNoMetadataUpdateForUnitsAndHolder() public {
        bytes32 before = keccak256(bytes(receipts.tokenURI(a1)));
        vm.startPrank(alice);
        more.recordLogs();
        receipts.transferFrom(a1, b1, 5);
        receipts.transferFrom(alice, dave, a1);
        vm.assertEq(_emitted("MetadataUpdate(uint256)"), 0);
        vm.assertTrue(before != keccak256(bytes(receipts.tokenURI(a1))), "changed");
    }

    // --- ERC-5267 and ERC-1271 -------------------------------------------------------------------------------------

    bytes32 private constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 tokenId,uint256 nonce,uint256 deadline)");

    function _permit(address owner, address spender, uint256 nonce) private view returns (bytes32) {
        bytes memory content = abi.encode(PERMIT, owner, spender, a1, nonce, block.timestamp);
        return _digest(_domain("Compute Receipt", address(receipts)), content);
    }

    /// @dev ERC-5267: the fields (name, version, chain, contract: 0x0f) are those of the domain that signatures are
    /// in.
    function testDomainIsTheOneOfSignatures() public {
        (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chain,
            address verifier,
            bytes32 salt,
            uint256[] memory extensions
        ) = IERC5267(address(receipts)).eip712Domain();
        vm.assertTrue(fields == 0x0f && salt == 0 && extensions.length == 0, "fields");
        vm.assertTrue(chain == block.chainid && verifier == address(receipts), "here");
        vm.assertEq(abi.encode(name, version), abi.encode("Compute Receipt", "1"));
        receipts.permit(dave, a1, block.timestamp, _signed(ALICE_KEY, _permit(alice, dave, 0)));
        vm.assertEq(receipts.getApproved(a1), dave);
    }

    /// @dev ERC-5267: the chain is the current one, also after a fork; a signature for another chain is none.
    function testDomainFollowsTheChain() public {
        bytes memory signature = _signed(ALICE_KEY, _permit(alice, dave, 0));
        vm.chainId(block.chainid + 1);
        (,,, uint256 chain,,,) = IERC5267(address(receipts)).eip712Domain();
        vm.assertEq(chain, block.chainid);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.PermitInvalid.selector, alice));
        receipts.permit(dave, a1, block.timestamp, signature);
    }

    /// @dev ERC-1271: only 0x1626ba7e for this very hash is a signature of the contract.
    function testPermitByContractWallet() public {
        ReceiptWallet wallet = _receiptWallet();
        vm.prank(alice);
        receipts.transferFrom(alice, address(wallet), a1);
        bytes memory reason = abi.encodeWithSelector(IComputeReceipt.PermitInvalid.selector, address(wallet));
        wallet.approveDigest(_permit(address(wallet), carol, 0));
        wallet.approveDigest(_permit(alice, dave, 0)); // another owner's
        vm.expectRevert(reason);
        receipts.permit(dave, a1, block.timestamp, "");
        wallet.approveDigest(_permit(address(wallet), dave, 0));
        vm.expectEmit(address(receipts));
        emit Approval(address(wallet), dave, a1);
        receipts.permit(dave, a1, block.timestamp, "");
        vm.expectRevert(reason);
        receipts.permit(dave, a1, block.timestamp, "");
    }

    /// @dev ERC-1271: a contract that doesn't know the call signs nothing, not even with a good signature of a key.
    function testPermitByContractWithoutTheFunction() public {
        address plain = address(new Plain());
        _admit(plain);
        vm.prank(alice);
        receipts.transferFrom(alice, plain, a1);
        bytes memory signature = _signed(ALICE_KEY, _permit(plain, dave, 0));
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.PermitInvalid.selector, plain));
        receipts.permit(dave, a1, block.timestamp, signature);
    }
}
