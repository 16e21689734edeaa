// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bytes} from "@openzeppelin/contracts/utils/Bytes.sol";
import {SeriesLabel} from "../src/interfaces/IComputeReceipt.sol";
import {DrawnFixture} from "./utils/CertificateFixture.sol";

/// @notice Numbers, dates and names as certificates write them (`Text`), whatever they are.
contract CertificateTextTest is DrawnFixture {
    // --- Numbers and dates -----------------------------------------------------------------------------------------

    function _amount(uint256 units, uint8 exponent, string memory written) private {
        subject.set(SeriesLabel("A", "A", "CNY", exponent), 1, 1, units, false);
        string memory json = _token();
        more.assertEq(_lines(json)[4], string.concat('<text x="420" y="313" class="u">CNY ', written), "amount");
        _says(json, ".attributes[1].value", written);
    }

    function testAmounts() public {
        _amount(0, 0, "0");
        _amount(0, 2, "0.00");
        _amount(5, 2, "0.05");
        _amount(99_999, 2, "999.99");
        _amount(100_000, 2, "1,000.00");
        _amount(100_000_900, 2, "1,000,009.00");
        _amount(999, 0, "999");
        _amount(1000, 0, "1,000");
        _amount(1_002_003, 0, "1,002,003");
        _amount(1, 18, "0.000000000000000001");
        _amount(type(uint64).max, 18, "18.446744073709551615");
        _amount(type(uint64).max, 0, "18,446,744,073,709,551,615");
    }

    function _percent(uint32 rate, string memory written) private {
        subject.set(SeriesLabel("A", "A", "CNY", 2), rate, 1, 1, false);
        more.assertEq(
            _lines(_token())[7], string.concat('<text x="172" y="449" class="v">', written, "% a year"), "percent"
        );
    }

    function testPercentages() public {
        _percent(0, "0");
        _percent(1, "0.0001");
        _percent(10_000, "1");
        _percent(90_000, "9");
        _percent(1_000_000, "100");
        _percent(43_750, "4.375");
        _percent(40_500, "4.05");
        _percent(100_010, "10.001");
        _percent(125_000, "12.5");
        _percent(type(uint32).max, "429496.7295");
    }

    function _date(uint32 day, string memory written) private {
        subject.set(SeriesLabel("A", "A", "CNY", 2), 1, day, 1, false);
        more.assertEq(_lines(_token())[9], string.concat('<text x="337" y="449" class="v">', written), "date");
    }

    /// @dev As Python's `datetime` has them; the last one is 29,398 times 400 years (146,097 days) after 1991-01-20.
    function testDates() public {
        _date(0, "due");
        _date(1, "1970-01-02");
        _date(789, "1972-02-29");
        _date(11_015, "2000-02-28");
        _date(11_016, "2000-02-29");
        _date(11_017, "2000-03-01");
        _date(11_574, "2001-09-09");
        _date(20_088, "2024-12-31");
        _date(20_089, "2025-01-01");
        _date(47_540, "2100-02-28");
        _date(47_541, "2100-03-01");
        _date(157_113, "2400-02-29");
        _date(157_114, "2400-03-01");
        _date(2_932_896, "9999-12-31");
        _date(type(uint32).max, "11761191-01-20");
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzzNumbersAndDates(uint64 units, uint8 exponent, uint32 rate, uint32 day) public {
        (exponent, day) = (exponent % 19, 1 + day % 2 ** 18);
        subject.set(SeriesLabel("A", "A", "CNY", exponent), rate, day, units, false);
        string[] memory lines = _lines(_token());
        more.assertEq(lines[4], string.concat('<text x="420" y="313" class="u">CNY ', _grouped(units, exponent)), "");
        more.assertEq(lines[7], string.concat('<text x="172" y="449" class="v">', _trimmed(rate), "% a year"), "");
        more.assertEq(lines[9], string.concat('<text x="337" y="449" class="v">', _calendar(day)), "");
    }

    /// @dev With as many digits at least.
    function _digits(uint256 number, uint256 least) private pure returns (string memory digits) {
        digits = vm.toString(number);
        while (bytes(digits).length < least) digits = string.concat("0", digits);
    }

    /// @dev Digit by digit: a point or a comma before those that have so many behind them.
    function _grouped(uint256 units, uint256 exponent) private pure returns (string memory text) {
        bytes memory digits = bytes(_digits(units, exponent + 1));
        for (uint256 i; i < digits.length; ++i) {
            uint256 left = digits.length - i;
            if (i != 0 && left == exponent) text = string.concat(text, ".");
            else if (i != 0 && left > exponent && (left - exponent) % 3 == 0) text = string.concat(text, ",");
            text = string(abi.encodePacked(text, digits[i]));
        }
    }

    /// @dev With a point before the last four digits, and without zeros behind it.
    function _trimmed(uint256 rate) private pure returns (string memory) {
        bytes memory digits = bytes(_digits(rate, 5));
        uint256 point = digits.length - 4;
        uint256 end = digits.length;
        while (end > point && digits[end - 1] == "0") --end;
        if (end == point) return string(Bytes.slice(digits, 0, point));
        return string.concat(string(Bytes.slice(digits, 0, point)), ".", string(Bytes.slice(digits, point, end)));
    }

    /// @dev Year by year and month by month from 1970.
    function _calendar(uint256 day) private pure returns (string memory) {
        uint256 year = 1970;
        uint256 leap;
        for (; day >= 365 + leap; ++year) {
            day -= 365 + leap;
            leap = (year + 1) % 400 == 0 || ((year + 1) % 4 == 0 && (year + 1) % 100 != 0) ? 1 : 0;
        }
        uint256[12] memory lengths = [uint256(31), 28 + leap, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        uint256 month;
        for (; day >= lengths[month]; ++month) {
            day -= lengths[month];
        }
        return string.concat(vm.toString(year), "-", _digits(month + 1, 2), "-", _digits(day + 1, 2));
    }

    // --- Names ---------------------------------------------------------------------------------------------------

    /// @dev RFC 8259, 7: control characters, quotation marks and backslashes must not stand in a string as they are.
    function testJsonOfAllAscii() public {
        bytes memory ascii = new bytes(128);
        for (uint256 i; i < 128; ++i) {
            ascii[i] = bytes1(uint8(i));
        }
        subject.set(SeriesLabel(string(ascii), "A", "CNY", 2), 1, 1, 1, false);
        string memory json = _token();
        _says(json, ".properties.series", string(ascii));
        for (uint256 i; i < bytes(json).length; ++i) {
            if (uint8(bytes(json)[i]) < 0x20) vm.assertTrue(false, "control character");
        }
    }

    /// @dev Any text in all three places: an XML parser and a JSON parser read from the certificate what it was.
    /// forge-config: default.fuzz.runs = 64
    function testFuzzTextIsEscaped(bytes memory seed) public {
        string[11] memory parts = ["<", ">", "&", "l", "t;", "amp;", '"', "\\", "u003c", "\n", unicode"算"];
        string memory chosen = "";
        for (uint256 i; i < seed.length && i < 24; ++i) {
            chosen = string.concat(chosen, parts[uint8(seed[i]) % 11]);
        }
        subject.set(SeriesLabel(chosen, chosen, chosen, 0), 1, 1, 5, false);
        string memory json = _token();
        _says(json, ".name", string.concat(chosen, " No. 4294967296"));
        _says(json, ".description", string.concat("Compute receipt: face value 5 ", chosen, " of series ", chosen));
        _says(json, ".properties.currency", chosen);
        string[] memory lines = _lines(json);
        vm.assertEq(lines.length, 17);
        _reads(lines[2], '<text x="420" y="207" class="c">', chosen);
        _reads(lines[3], '<text x="420" y="234" class="n">', chosen);
        _reads(lines[4], '<text x="420" y="313" class="u">', string.concat(chosen, " 5"));
    }

    /// @dev No markup in it, no "&" that isn't the beginning of one of XML's own entities, and what they stand for.
    function _reads(string memory line, string memory tag, string memory value) private {
        string memory text = string(Bytes.slice(bytes(line), bytes(tag).length));
        string memory rest = more.replace(more.replace(more.replace(text, "&lt;", ""), "&gt;", ""), "&amp;", "");
        vm.assertTrue(!more.contains(rest, "<") && !more.contains(rest, ">") && !more.contains(rest, "&"), "markup");
        text = more.replace(more.replace(more.replace(text, "&lt;", "<"), "&gt;", ">"), "&amp;", "&");
        more.assertEq(string.concat(tag, text), string.concat(tag, value), "text");
    }
}
