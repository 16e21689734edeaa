// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

/// @title Numbers, dates and names as people read them
library Text {
    using Strings for uint256;

    /// @notice Minor units with thousands separators: 123456 with exponent 2 is "1,234.56".
    function amount(uint256 minor, uint256 exponent) internal pure returns (string memory) {
        uint256 one = 10 ** exponent;
        string memory fraction = exponent == 0 ? "" : string.concat(".", _padded(minor % one, exponent));
        uint256 whole = minor / one;
        string memory grouped = "";
        while (whole >= 1000) {
            grouped = string.concat(",", _padded(whole % 1000, 3), grouped);
            whole /= 1000;
        }
        return string.concat(whole.toString(), grouped, fraction);
    }

    /// @notice Parts per million as a percentage without trailing zeros: 90000 is "9%", 43750 is "4.375%".
    function percent(uint256 ppm) internal pure returns (string memory) {
        uint256 rest = ppm % 10_000;
        if (rest == 0) return string.concat((ppm / 10_000).toString(), "%");
        uint256 digits = 4;
        while (rest % 10 == 0) {
            rest /= 10;
            --digits;
        }
        return string.concat((ppm / 10_000).toString(), ".", _padded(rest, digits), "%");
    }

    /// @notice A day number since 1970-01-01 as "YYYY-MM-DD", in the Gregorian calendar.
    /// @dev Years are counted from March, so that the leap day is a year's last: H. Hinnant,
    /// "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    function date(uint256 day) internal pure returns (string memory) {
        uint256 shifted = day + 719_468; // days since 0000-03-01
        uint256 era = shifted / 146_097;
        uint256 dayOfEra = shifted % 146_097;
        uint256 yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
        uint256 dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        uint256 shiftedMonth = (5 * dayOfYear + 2) / 153;
        uint256 dayOfMonth = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1;
        uint256 month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
        uint256 year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
        return string.concat(_padded(year, 4), "-", _padded(month, 2), "-", _padded(dayOfMonth, 2));
    }

    /// @notice Text as it may stand between the quotes of a JSON string.
    function json(string memory text) internal pure returns (string memory) {
        return Strings.escapeJSON(text);
    }

    /// @notice Text as it may stand in an XML element, without the control characters that XML does not know.
    function xml(string memory text) internal pure returns (string memory) {
        bytes memory from = bytes(text);
        bytes memory to = "";
        for (uint256 i; i < from.length; ++i) {
            bytes1 char = from[i];
            if (char == "<") to = abi.encodePacked(to, "&lt;");
            else if (char == ">") to = abi.encodePacked(to, "&gt;");
            else if (char == "&") to = abi.encodePacked(to, "&amp;");
            else if (char >= 0x20 || char == 0x09 || char == 0x0a || char == 0x0d) to = abi.encodePacked(to, char);
        }
        return string(to);
    }

    function _padded(uint256 number, uint256 digits) private pure returns (string memory padded) {
        padded = number.toString();
        while (bytes(padded).length < digits) padded = string.concat("0", padded);
    }
}
