// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {ICertificate} from "./interfaces/ICertificate.sol";
import {IComputeReceipt, SeriesLabel} from "./interfaces/IComputeReceipt.sol";
import {ISpv, Status, WaterfallTerms} from "./interfaces/ISpv.sol";
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
        bytes memory json = abi.encodePacked(
            '{"name":"',
            label.code.json(),
            " No. ",
            number,
            '","description":"Compute receipt: face value ',
            units,
            " ",
            label.currency.json(),
            " of series ",
            label.name.json()
        );
        json = abi.encodePacked(
            json,
            '","attributes":[{"trait_type":"series","value":"',
            label.code.json(),
            '"},{"trait_type":"units","value":"',
            units,
            '"},{"trait_type":"currency","value":"',
            label.currency.json(),
            '"},{"trait_type":"frozen","value":"',
            position.frozen() ? "yes" : "no",
            '"}],"image":"data:image/svg+xml;base64,',
            Base64.encode(_image(receipts, slot, label, position, units, number)),
            '"}'
        );
        return string.concat("data:application/json;base64,", Base64.encode(json));
    }

    /// @inheritdoc ICertificate
    function slotURI(IComputeReceipt receipts, uint256 slot) external view returns (string memory) {
        SeriesLabel memory label = receipts.labelOf(slot);
        bytes memory json = abi.encodePacked(
            '{"name":"',
            label.code.json(),
            '","description":"',
            label.name.json(),
            '","properties":{"currency":"',
            label.currency.json(),
            '","exponent":',
            uint256(label.exponent).toString(),
            ',"units":"',
            receipts.seriesOf(slot).units().toString(),
            '","issuer":"',
            Strings.toChecksumHexString(receipts.issuerOf(slot)),
            '"}}'
        );
        return string.concat("data:application/json;base64,", Base64.encode(json));
    }

    /// @inheritdoc ICertificate
    function contractURI(IComputeReceipt receipts) external view returns (string memory) {
        bytes memory json = abi.encodePacked(
            '{"name":"',
            receipts.name().json(),
            '","symbol":"',
            receipts.symbol().json(),
            '","description":"Receipts of face value, paid out of collected machine rent.","unitDecimals":0}'
        );
        return string.concat("data:application/json;base64,", Base64.encode(json));
    }

    function _image(
        IComputeReceipt receipts,
        uint256 slot,
        SeriesLabel memory label,
        Position position,
        string memory units,
        string memory number
    ) private view returns (bytes memory) {
        return abi.encodePacked(
            _frame(),
            _text("60", "92", "t", unicode"算力收益憑證"),
            _text("60", "122", "s", "COMPUTE RECEIPT"),
            _text("60", "200", "c", label.code.xml()),
            _text("60", "228", "s", label.name.xml()),
            _text("60", "308", "u", string.concat(label.currency.xml(), " ", units)),
            _text("60", "334", "s", "face value"),
            _facts(receipts.issuerOf(slot)),
            _text("60", "470", "s", string.concat("No. ", number, "  holder ", _short(position.owner()))),
            position.frozen() ? _text("540", "470", "f", "FROZEN") : "",
            "</svg>"
        );
    }

    /// @dev What the series pays, and until when.
    function _facts(address spv) private view returns (string memory) {
        (,, WaterfallTerms memory rules) = ISpv(spv).terms();
        Status memory status = ISpv(spv).status();
        uint256 maturity = ISpv(spv).periodAt(status.periods - 1).paymentDay;
        return string.concat(
            _text("60", "392", "k", string.concat(Text.percent(rules.couponRate), " target yield a year")),
            _text("60", "420", "k", string.concat("redeemed ", Text.date(maturity), ", out of collected rent only"))
        );
    }

    function _frame() private pure returns (string memory) {
        return string.concat(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 520"><style>text{font-family:Georgia,serif;',
            "fill:#1d2b3a}.t{font-size:34px}.s{font-size:15px;fill:#5d6b7a;letter-spacing:1px}.c{font-size:40px;",
            "font-weight:bold;fill:#0b5d5b}.u{font-size:44px;font-weight:bold}.k{font-size:18px}.f{font-size:20px;",
            'fill:#b3261e;font-weight:bold}</style><rect width="700" height="520" fill="#fbfaf5"/><rect x="18" y="18" ',
            'width="664" height="484" fill="none" stroke="#0b5d5b" stroke-width="3"/><rect x="26" y="26" width="648" ',
            'height="468" fill="none" stroke="#c9a24b"/><g fill="none" stroke="#0b5d5b" opacity=".16"><circle cx="560" ',
            'cy="180" r="40"/><circle cx="560" cy="180" r="62"/><circle cx="560" cy="180" r="84"/><path ',
            'd="M476 180h168M560 96v168M500 120l120 120M620 120l-120 120"/></g>'
        );
    }

    function _text(string memory x, string memory y, string memory class, string memory content)
        private
        pure
        returns (string memory)
    {
        return string.concat('<text x="', x, '" y="', y, '" class="', class, '">', content, "</text>");
    }

    function _short(address account) private pure returns (string memory) {
        bytes memory full = bytes(Strings.toChecksumHexString(account));
        bytes memory short = abi.encodePacked("0x0000....0000");
        for (uint256 i; i < 6; ++i) {
            short[i] = full[i];
            if (i < 4) short[10 + i] = full[38 + i];
        }
        return string(short);
    }
}
