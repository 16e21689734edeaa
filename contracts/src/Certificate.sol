// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {ICertificate} from "./interfaces/ICertificate.sol";
import {IComputeReceipt, SeriesLabel} from "./interfaces/IComputeReceipt.sol";
import {ISpv, State, Status, WaterfallTerms} from "./interfaces/ISpv.sol";
import {Text} from "./libraries/Text.sol";
import {Position} from "./types/Position.sol";

/// @title Draws receipts and describes series, from what is on chain
/// @dev Reads only; nothing depends on what it returns.
contract Certificate is ICertificate {
    using Strings for uint256;
    using Text for string;

    /// @inheritdoc ICertificate
    function tokenURI(IComputeReceipt receipts, uint256 tokenId) external view returns (string memory) {
        uint256 slot = receipts.slotOf(tokenId);
        Position position = receipts.positionOf(tokenId);
        SeriesLabel memory label = receipts.labelOf(slot);
        string memory units = Text.amount(position.units(), label.exponent);
        string memory number = uint256(uint64(tokenId)).toString();
        string memory head = string.concat(
            _head(string.concat(label.code, " No. ", number), _description(label, units)),
            ',"balance":',
            position.units().toString(),
            ',"slot":',
            slot.toString()
        );
        string memory image = _image(_receipt(receipts.issuerOf(slot), label, position, units, number));
        return _uri(string.concat(head, image, _properties(label, position), _attributes(label, position, units)));
    }

    function _description(SeriesLabel memory label, string memory units) private pure returns (string memory) {
        return string.concat("Compute receipt: face value ", units, " ", label.currency, " of series ", label.name);
    }

    function _properties(SeriesLabel memory label, Position position) private pure returns (string memory) {
        return string.concat(
            ',"properties":{"series":',
            _quoted(label.code),
            ',"currency":',
            _quoted(label.currency),
            ',"exponent":',
            uint256(label.exponent).toString(),
            ',"frozen":',
            position.frozen() ? "true}" : "false}"
        );
    }

    function _attributes(SeriesLabel memory label, Position position, string memory units)
        private
        pure
        returns (string memory)
    {
        return string.concat(
            ',"attributes":[',
            _attribute("series", label.code),
            ",",
            _attribute("units", units),
            ",",
            _attribute("currency", label.currency),
            ",",
            _attribute("frozen", position.frozen() ? "yes" : "no"),
            "]}"
        );
    }

    function _attribute(string memory what, string memory value) private pure returns (string memory) {
        return string.concat('{"trait_type":"', what, '","value":', _quoted(value), "}");
    }

    /// @inheritdoc ICertificate
    function slotURI(IComputeReceipt receipts, uint256 slot) external view returns (string memory) {
        SeriesLabel memory label = receipts.labelOf(slot);
        uint256 units = receipts.seriesOf(slot).units();
        string memory issuer = Strings.toChecksumHexString(receipts.issuerOf(slot));
        string memory properties = string.concat(
            _property("currency", "The currency of face value", _quoted(label.currency)),
            ",",
            _property("exponent", "Decimals of units in the currency", uint256(label.exponent).toString()),
            ",",
            _property("units", "Units of all receipts", units.toString()),
            ",",
            _property("issuer", "The SPV that pays the receipts", _quoted(issuer))
        );
        string memory image = _image(_series(label, units, issuer));
        return _uri(string.concat(_head(label.code, label.name), image, ',"properties":[', properties, "]}"));
    }

    function _property(string memory name, string memory description, string memory value)
        private
        pure
        returns (string memory)
    {
        return string.concat(_head(name, description), ',"value":', value, ',"is_intrinsic":false}');
    }

    /// @inheritdoc ICertificate
    function contractURI(IComputeReceipt receipts) external view returns (string memory) {
        string memory name = receipts.name();
        return _uri(
            string.concat(
                _head(name, "Receipts of face value, paid out of collected machine rent."),
                ',"symbol":',
                _quoted(receipts.symbol()),
                ',"valueDecimals":',
                uint256(receipts.valueDecimals()).toString(),
                _image(_text("420", "313", "u", name.xml())),
                "}"
            )
        );
    }

    function _uri(string memory json) private pure returns (string memory) {
        return string.concat("data:application/json;base64,", Base64.encode(bytes(json)));
    }

    /// @dev The first two fields of an object.
    function _head(string memory name, string memory description) private pure returns (string memory) {
        return string.concat('{"name":', _quoted(name), ',"description":', _quoted(description));
    }

    function _quoted(string memory text) private pure returns (string memory) {
        return string.concat('"', text.json(), '"');
    }

    /// @dev The field with a sheet that has this content.
    function _image(string memory content) private pure returns (string memory) {
        bytes memory svg = abi.encodePacked(
            _frame(),
            _text("427", "114", "t", unicode"算力收益憑證"),
            _text("422", "142", "s", "COMPUTE RECEIPT"),
            content,
            "</svg>"
        );
        return string.concat(',"image":"data:image/svg+xml;base64,', Base64.encode(svg), '"');
    }

    function _receipt(
        address spv,
        SeriesLabel memory label,
        Position position,
        string memory units,
        string memory number
    ) private view returns (string memory) {
        return string.concat(
            _titles(label, units, "FACE VALUE"),
            _facts(spv, number),
            _text("420", "497", "m", string.concat("Holder ", Strings.toChecksumHexString(position.owner()))),
            _text("420", "517", "m", string.concat("Issuer ", Strings.toChecksumHexString(spv))),
            position.frozen() ? _stamp() : ""
        );
    }

    function _series(SeriesLabel memory label, uint256 units, string memory issuer)
        private
        pure
        returns (string memory)
    {
        return string.concat(
            _titles(label, Text.amount(units, label.exponent), "FACE VALUE OF ALL RECEIPTS"),
            _text("420", "517", "m", string.concat("Issuer ", issuer))
        );
    }

    function _titles(SeriesLabel memory label, string memory units, string memory what)
        private
        pure
        returns (string memory)
    {
        return string.concat(
            _text("420", "207", "c", label.code.xml()),
            _name(label.name),
            _text("420", "313", "u", string.concat(label.currency.xml(), " ", units)),
            _text("422", "341", "s", what)
        );
    }

    /// @dev What the series pays, until when and out of what, and the receipt's number in it. The last period is over
    /// once it is funded; a series that is repaid before has no other redemption to come.
    function _facts(address spv, string memory number) private view returns (string memory) {
        (,, WaterfallTerms memory rules) = ISpv(spv).terms();
        Status memory status = ISpv(spv).status();
        uint256 maturity = ISpv(spv).periodAt(status.periods - 1).paymentDay;
        bool due = maturity == 0 || status.state == State.Matured || status.state == State.Redeemed;
        return string.concat(
            _fact("172", "Target yield", string.concat(Text.percent(rules.couponRate), " a year")),
            _fact("337", "Redemption", due ? "due" : Text.date(maturity)),
            _fact("503", "Paid out of", "collected rent"),
            _fact("668", "Receipt", string.concat("No. ", number))
        );
    }

    function _fact(string memory x, string memory what, string memory value) private pure returns (string memory) {
        return string.concat(_text(x, "423", "k", what), _text(x, "449", "v", value));
    }

    /// @dev The series' name, narrowed to the line if it is too long for it: widths are counted in a sixth of an em, 3
    /// for a Latin letter and 2 for each of the three bytes of a Chinese character.
    function _name(string memory name) private pure returns (string memory) {
        bytes memory letters = bytes(name);
        uint256 width;
        for (uint256 i; i < letters.length; ++i) {
            width += letters[i] < 0x80 ? 3 : 2;
        }
        string memory fit = width > 226 ? '" textLength="640" lengthAdjust="spacingAndGlyphs' : "";
        return _text("420", "234", string.concat("n", fit), name.xml());
    }

    function _stamp() private pure returns (string memory) {
        return string.concat(
            '<g transform="rotate(-9 692 510)"><path d="M614 487h156v42H614z" fill="none" stroke="#b3261e" ',
            'stroke-width="2.5"/>',
            _text("695", "517", "f", "FROZEN"),
            "</g>"
        );
    }

    /// @dev Paper, a rosette of turned ellipses, and a band of interlaced waves between two rules.
    function _frame() private pure returns (string memory) {
        return string.concat(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 600"><style>text{font-family:Georgia,"Noto ',
            'Serif CJK TC",serif;fill:#1d2b3a;text-anchor:middle}.t{font-size:44px;letter-spacing:14px;fill:#0b5d5b}',
            ".s{font-size:13px;letter-spacing:5px;fill:#5d6b7a}.c{font-size:26px;font-weight:bold;letter-spacing:3px}",
            ".n{font-size:17px;fill:#4c5966}.u{font-size:42px;font-weight:bold}.k{font-size:12px;letter-spacing:1px;",
            "fill:#7b6a3c}.v{font-size:19px}.m{font:11.5px ui-monospace,Menlo,Consolas,monospace;fill:#4c5966}",
            '.f{font-size:22px;font-weight:bold;letter-spacing:6px;fill:#b3261e}</style><defs><pattern id="w" ',
            'width="20" height="20" patternUnits="userSpaceOnUse"><path d="M0 10q5-14 10 0t10 0M0 10q5 14 10 0t10 ',
            '0M10 0q-14 5 0 10t0 10M10 0q14 5 0 10t0 10" fill="none" stroke="#0b5d5b" stroke-width=".7"/></pattern>',
            '<g id="a"><ellipse rx="170" ry="62"/><ellipse rx="118" ry="88"/><ellipse rx="80" ry="30"/></g><g id="b">',
            '<use href="#a"/><use href="#a" transform="rotate(7.5)"/></g><g id="d"><use href="#b"/><use href="#b" ',
            'transform="rotate(15)"/></g><g id="e"><use href="#d"/><use href="#d" transform="rotate(30)"/><use ',
            'href="#d" transform="rotate(60)"/></g></defs><path fill="#fcfaf3" d="M0 0h840v600H0z"/><g fill="none" ',
            'stroke="#c9a24b"><g stroke="#b98a2e" stroke-width=".5" opacity=".34" transform="translate(420 300)">',
            '<use href="#e"/><use href="#e" transform="rotate(90)"/></g><path stroke="url(#w)" stroke-width="20" ',
            'd="M30 30h780v540H30z"/><path stroke="#0b5d5b" stroke-width="2" d="M17 17h806v566H17z"/><path ',
            'stroke="#0b5d5b" d="M43 43h754v514H43z"/><path d="M50 50h740v500H50zM260 159h145M435 159h145M420 152l7 ',
            '7-7 7-7-7zM90 397h660M90 467h660"/></g>'
        );
    }

    function _text(string memory x, string memory y, string memory class, string memory content)
        private
        pure
        returns (string memory)
    {
        return string.concat('<text x="', x, '" y="', y, '" class="', class, '">', content, "</text>");
    }
}
