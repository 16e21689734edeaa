// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {ICertificate} from "../../src/interfaces/ICertificate.sol";
import {IComputeReceipt, SeriesLabel} from "../../src/interfaces/IComputeReceipt.sol";
import {OfferingTerms, Parties, State, Status} from "../../src/interfaces/ISpv.sol";
import {Period, WaterfallTerms} from "../../src/libraries/Waterfall.sol";
import {Fixture} from "./Fixture.sol";

/// @notice The cheatcodes that only these tests use.
interface VmText {
    function etch(address where, bytes calldata code) external;
    function contains(string calldata text, string calldata part) external pure returns (bool);
    function replace(string calldata text, string calldata from, string calldata to)
        external
        pure
        returns (string memory);
    function split(string calldata text, string calldata delimiter) external pure returns (string[] memory parts);
    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);
    function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);
    function parseJsonBool(string calldata json, string calldata key) external pure returns (bool);
    function toString(address value) external pure returns (string memory);
    function assertEq(string calldata left, string calldata right, string calldata note) external;
}

/// @notice What certificates are drawn from, as it is told: the receipts, and the SPV of their only series as well.
contract Subject {
    string public constant name = "<R&D>";
    string public constant symbol = 'R"D';
    uint8 public constant valueDecimals = 0;
    SeriesLabel private _label;
    uint32 private _couponRate;
    uint32 private _lastDay;
    State private _state;
    /// @dev As in `Position`: 160 bits of the holder, then 64 of units, and the highest one if it is frozen.
    uint256 private _position;

    function set(SeriesLabel calldata label, uint32 couponRate, uint32 lastDay, uint256 units, bool frozen) external {
        (_label, _couponRate, _lastDay) = (label, couponRate, lastDay);
        _position = uint160(0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed) + units * 2 ** 160 + (frozen ? 2 ** 255 : 0);
    }

    function labelOf(uint256) external view returns (SeriesLabel memory) {
        return _label;
    }

    function slotOf(uint256 tokenId) external pure returns (uint256) {
        return tokenId / 2 ** 64;
    }

    function positionOf(uint256) external view returns (uint256) {
        return _position;
    }

    /// @dev As in `Series`, units in the lowest bits: one more than the receipt's.
    function seriesOf(uint256) external view returns (uint256) {
        return uint64(_position / 2 ** 160) + 1;
    }

    function issuerOf(uint256) external view returns (address) {
        return address(this);
    }

    function terms()
        external
        view
        returns (Parties memory parties, OfferingTerms memory offering, WaterfallTerms memory rules)
    {
        (parties.originator, offering.poolCount, rules.couponRate) = (address(this), 1, _couponRate);
    }

    function setState(State state_) external {
        _state = state_;
    }

    function status() external view returns (Status memory found) {
        (found.period, found.periods, found.state) = (1, 3, _state);
    }

    /// @dev Only the last period is paid on the last day; there is none behind it.
    function periodAt(uint256 index) external view returns (Period memory period) {
        period.paymentDay = index == 2 ? _lastDay : index > 2 ? 0 : 1;
    }
}

/// @notice Takes certificates apart.
abstract contract CertificateReader {
    VmText internal constant more = VmText(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev What each drawing begins with, up to its first text: styles, paper, rosette and border. It was looked at as
    /// Chromium draws it, with the texts of `testReceipt` and with the stamp, and found right. If it is changed, look
    /// again, then write down here what it has become.
    uint256 private constant FRAME_LENGTH = 1648;
    bytes32 private constant FRAME = 0x0452e75afaa5d376c4756fe741816faa6ec846fb67b5114bb881202cfce2aa95;

    string internal constant TITLE = unicode'<text x="427" y="114" class="t">算力收益憑證</text>'
        unicode'<text x="422" y="142" class="s">COMPUTE RECEIPT</text>';
    string internal constant STAMP = '<g transform="rotate(-9 692 510)"><path d="M614 487h156v42H614z" fill="none" '
        'stroke="#b3261e" stroke-width="2.5"/><text x="695" y="517" class="f">FROZEN</text></g>';

    function _decoded(string memory uri, string memory head) private returns (bytes memory) {
        uint256 length = bytes(head).length;
        more.assertEq(string(Bytes.slice(bytes(uri), 0, length)), head, "header");
        return Base64.decode(string(Bytes.slice(bytes(uri), length)));
    }

    function _json(string memory uri) internal returns (string memory) {
        return string(_decoded(uri, "data:application/json;base64,"));
    }

    /// @dev All that is drawn on the frame, in the order in which it is drawn.
    function _drawing(string memory json) internal returns (string memory) {
        bytes memory svg = _decoded(more.parseJsonString(json, ".image"), "data:image/svg+xml;base64,");
        require(keccak256(Bytes.slice(svg, 0, FRAME_LENGTH)) == FRAME, "another frame");
        return string(Bytes.slice(svg, FRAME_LENGTH));
    }

    function _says(string memory json, string memory key, string memory value) internal {
        more.assertEq(more.parseJsonString(json, key), value, key);
    }
}

/// @notice Certificates of a series that is as each test wants it.
abstract contract DrawnFixture is Fixture, CertificateReader {
    /// @dev Addresses and how they are written: the examples of ERC-55.
    address internal constant ISSUER = 0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb;
    Subject internal constant subject = Subject(ISSUER);
    uint256 internal constant TOKEN = 7 * 2 ** 64 + 2 ** 32;
    ICertificate internal certificate;

    function setUp() public override {
        certificate = ICertificate(_deploy("Certificate.sol:Certificate", ""));
        more.etch(ISSUER, address(new Subject()).code);
    }

    /// @dev What is said of a receipt.
    function _token() internal returns (string memory json) {
        return _json(certificate.tokenURI(IComputeReceipt(ISSUER), TOKEN));
    }

    /// @dev The texts of its drawing, each from the opening tag to its last letter, and what comes behind them.
    function _lines(string memory json) internal returns (string[] memory) {
        return more.split(_drawing(json), "</text>");
    }
}
