// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IComputeReceipt, SeriesLabel} from "../src/interfaces/IComputeReceipt.sol";
import {State} from "../src/interfaces/ISpv.sol";
import {CertificateReader, DrawnFixture} from "./utils/CertificateFixture.sol";
import {ActiveFixture} from "./utils/Fixture.sol";
import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";

/// @notice Draws whatever it is asked for, whether it is there or not.
contract Careless {
    function tokenURI(IComputeReceipt, uint256) external pure returns (string memory) {
        return "a receipt";
    }

    function slotURI(IComputeReceipt, uint256) external pure returns (string memory) {
        return "a series";
    }
}

/// @notice What is drawn of an active series, text by text as the layout has it: none may be missing, come twice, or
/// stand elsewhere.
contract CertificateTest is ActiveFixture, CertificateReader {
    /// @dev ERC-721, ERC-3525: the contract itself refuses what there is not, whatever the one that draws would say.
    function testNothingIsDrawnOfWhatThereIsNot() public {
        bytes memory args = abi.encode(authority, new Careless());
        IComputeReceipt empty = IComputeReceipt(_deploy("ComputeReceipt.sol:ComputeReceipt", args));
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 7));
        empty.tokenURI(7);
        vm.expectRevert(abi.encodeWithSelector(IComputeReceipt.UnknownSeries.selector, 1));
        empty.slotURI(1);
    }

    function _facts(string memory redemption, string memory number) private pure returns (string memory) {
        return string.concat(
            '<text x="172" y="423" class="k">Target yield</text><text x="172" y="449" class="v">9% a year</text>',
            '<text x="337" y="423" class="k">Redemption</text><text x="337" y="449" class="v">',
            redemption,
            '</text><text x="503" y="423" class="k">Paid out of</text><text x="503" y="449" class="v">collected rent',
            '</text><text x="668" y="423" class="k">Receipt</text><text x="668" y="449" class="v">No. ',
            number,
            "</text>"
        );
    }

    /// @dev A receipt of the series; `rest` comes behind its last text.
    function _receipt(
        uint256 tokenId,
        string memory number,
        string memory units,
        string memory redemption,
        string memory rest
    ) private {
        string memory titles = string.concat(
            TITLE,
            '<text x="420" y="207" class="c">CRT01</text><text x="420" y="234" class="n">CRT01</text>',
            '<text x="420" y="313" class="u">CNY ',
            units,
            '</text><text x="422" y="341" class="s">FACE VALUE</text>'
        );
        string memory parties = string.concat(
            '<text x="420" y="497" class="m">Holder ',
            more.toString(receipts.ownerOf(tokenId)),
            '</text><text x="420" y="517" class="m">Issuer ',
            more.toString(address(spv)),
            "</text>"
        );
        string memory all = string.concat(titles, _facts(redemption, number), parties, rest, "</svg>");
        more.assertEq(_drawing(_json(receipts.tokenURI(tokenId))), all, "drawing");
    }

    function _series(string memory units) private {
        string memory all = string.concat(
            TITLE,
            '<text x="420" y="207" class="c">CRT01</text><text x="420" y="234" class="n">CRT01</text>',
            '<text x="420" y="313" class="u">CNY ',
            units,
            '</text><text x="422" y="341" class="s">FACE VALUE OF ALL RECEIPTS</text>',
            '<text x="420" y="517" class="m">Issuer ',
            more.toString(address(spv)),
            "</text></svg>"
        );
        more.assertEq(_drawing(_json(receipts.slotURI(slot))), all, "drawing");
    }

    function testReceipt() public {
        _receipt(a1, "1", "150,000,000.00", "2026-01-02", "");
        _receipt(b1, "2", "90,000,000.00", "2026-01-02", "");
        vm.prank(carol);
        uint256 piece = receipts.split(c1, _ids(123_456))[0];
        _receipt(piece, "4", "1,234.56", "2026-01-02", "");
        _receipt(c1, "3", "59,998,765.44", "2026-01-02", "");
    }

    function testStampWhileFrozen() public {
        vm.startPrank(compliance);
        receipts.setReceiptFrozen(_ids(b1), true, "");
        _receipt(b1, "2", "90,000,000.00", "2026-01-02", STAMP);
        _receipt(a1, "1", "150,000,000.00", "2026-01-02", "");
        receipts.setReceiptFrozen(_ids(b1), false, "");
        _receipt(b1, "2", "90,000,000.00", "2026-01-02", "");
    }

    function testDueOnceTheLastPeriodIsFunded() public {
        for (uint256 i; i < 4; ++i) {
            _receipt(a1, "1", "150,000,000.00", "2026-01-02", "");
            _collectQuarter(i);
            _distribute();
        }
        _receipt(a1, "1", "150,000,000.00", "due", "");
    }

    /// @dev The face value of all receipts, moved or not; what is redeemed is no longer among them.
    function testSeries() public {
        vm.prank(alice);
        receipts.transferFrom(a1, b1, 1);
        _series("300,000,000.00");
        for (uint256 i; i < 4; ++i) {
            _collectQuarter(i);
            spv.pay(_distribute(), _ids(b1));
        }
        spv.pay(4, _ids(b1));
        _series("209,999,999.99");
    }

    function testCollection() public {
        string memory all = string.concat(TITLE, '<text x="420" y="313" class="u">Compute Receipt</text></svg>');
        more.assertEq(_drawing(_json(receipts.contractURI())), all, "drawing");
    }
}

/// @notice The same of a series with other names, where each text differs from all others.
contract CertificateNamesTest is DrawnFixture {
    /// @dev XML 1.0, 2.4: of these, "&" and "<" must be written otherwise in an element, and ">" may be.
    function testReceiptWithOtherNames() public {
        subject.set(SeriesLabel("A&B", 'Rent of "<40>" racks', "<$>", 3), 43_750, 20_513, 1_234_567, true);
        string memory all = string.concat(
            TITLE,
            '<text x="420" y="207" class="c">A&amp;B</text>',
            '<text x="420" y="234" class="n">Rent of "&lt;40&gt;" racks</text>',
            '<text x="420" y="313" class="u">&lt;$&gt; 1,234.567</text>',
            '<text x="422" y="341" class="s">FACE VALUE</text>',
            '<text x="172" y="423" class="k">Target yield</text><text x="172" y="449" class="v">4.375% a year</text>',
            '<text x="337" y="423" class="k">Redemption</text><text x="337" y="449" class="v">2026-03-01</text>',
            '<text x="503" y="423" class="k">Paid out of</text><text x="503" y="449" class="v">collected rent</text>',
            '<text x="668" y="423" class="k">Receipt</text><text x="668" y="449" class="v">No. 4294967296</text>',
            '<text x="420" y="497" class="m">Holder 0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed</text>',
            '<text x="420" y="517" class="m">Issuer 0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb</text>',
            STAMP,
            "</svg>"
        );
        more.assertEq(_drawing(_token()), all, "drawing");
    }

    /// @dev All that is said of them; `parseJson` reads as RFC 8259 has it, and refuses what is not JSON.
    function testJsonOfReceipt() public {
        for (uint256 i; i < 2; ++i) {
            subject.set(SeriesLabel("A\"B", unicode"a\\b\n算", "NT$", 3), 1, 1, 1_234_567, i == 1);
            string memory json = _token();
            _says(json, ".name", "A\"B No. 4294967296");
            _says(json, ".description", unicode"Compute receipt: face value 1,234.567 NT$ of series a\\b\n算");
            vm.assertEq(more.parseJsonUint(json, ".balance"), 1_234_567);
            vm.assertEq(more.parseJsonUint(json, ".slot"), 7);
            _says(json, ".properties.series", "A\"B");
            _says(json, ".properties.currency", "NT$");
            vm.assertEq(more.parseJsonUint(json, ".properties.exponent"), 3);
            vm.assertTrue(more.parseJsonBool(json, ".properties.frozen") == (i == 1), "frozen");
            string[4] memory traits = ["series", "units", "currency", "frozen"];
            string[4] memory values = ["A\"B", "1,234.567", "NT$", i == 1 ? "yes" : "no"];
            for (uint256 j; j < 4; ++j) {
                string memory attribute = string.concat(".attributes[", vm.toString(j), "]");
                _says(json, string.concat(attribute, ".trait_type"), traits[j]);
                _says(json, string.concat(attribute, ".value"), values[j]);
            }
        }
    }

    /// @dev Repaid before the last period, which nobody will be paid for, or with it: there is no day to wait for.
    function testDueOnceAllIsRepaid() public {
        subject.set(SeriesLabel("A", "B", "C", 0), 1, 20_513, 1, false);
        for (uint256 i = uint256(State.Draft); i <= uint256(State.Defaulted); ++i) {
            subject.setState(State(i));
            bool repaid = State(i) == State.Matured || State(i) == State.Redeemed;
            vm.assertTrue(more.contains(_drawing(_token()), repaid ? ">due<" : ">2026-03-01<"), "redemption");
        }
    }

    /// @dev XML 1.0, 2.2: of the characters below the space, a document has tab, line feed and carriage return alone.
    function testControlCharactersInNames() public {
        bytes memory name = "a";
        for (uint8 i; i < 0x20; ++i) {
            name = abi.encodePacked(name, bytes1(i));
        }
        subject.set(SeriesLabel("A", string.concat(string(name), "z"), "C", 0), 1, 1, 1, false);
        vm.assertTrue(more.contains(_drawing(_token()), 'class="n">a\t\n\rz</text>'), "name");
    }

    function testSeriesWithOtherNames() public {
        subject.set(SeriesLabel("A&B", "\"<40>\"", "NT$", 0), 1, 1, 999_999, false);
        string memory json = _json(certificate.slotURI(IComputeReceipt(ISSUER), 7));
        string memory all = string.concat(
            TITLE,
            '<text x="420" y="207" class="c">A&amp;B</text><text x="420" y="234" class="n">"&lt;40&gt;"</text>',
            '<text x="420" y="313" class="u">NT$ 1,000,000</text>',
            '<text x="422" y="341" class="s">FACE VALUE OF ALL RECEIPTS</text>',
            '<text x="420" y="517" class="m">Issuer 0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb</text></svg>'
        );
        more.assertEq(_drawing(json), all, "drawing");
        _says(json, ".name", "A&B");
        _says(json, ".description", "\"<40>\"");
        string[4] memory names = ["currency", "exponent", "units", "issuer"];
        for (uint256 i; i < 4; ++i) {
            _says(json, string.concat(".properties[", vm.toString(i), "].name"), names[i]);
        }
        _says(json, ".properties[0].value", "NT$");
        vm.assertEq(more.parseJsonUint(json, ".properties[1].value"), 0);
        vm.assertEq(more.parseJsonUint(json, ".properties[2].value"), 1_000_000);
        _says(json, ".properties[3].value", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb");
    }

    function testCollectionWithAnotherName() public {
        string memory json = _json(certificate.contractURI(IComputeReceipt(ISSUER)));
        string memory all = string.concat(TITLE, '<text x="420" y="313" class="u">&lt;R&amp;D&gt;</text></svg>');
        more.assertEq(_drawing(json), all, "drawing");
        _says(json, ".name", "<R&D>");
        _says(json, ".symbol", "R\"D");
        _says(json, ".description", "Receipts of face value, paid out of collected machine rent.");
    }

    /// @dev The line is 640 wide, 226 sixths of an em of 17. Latin letters are 3 of them, Chinese characters 6, others
    /// that have two bytes 4, of which the second one is 0x80 in the last letter here, the first after ASCII.
    function testNameNarrowedIfTooLong() public {
        string[5] memory fit = ["", "", "", unicode"À", unicode"ÀÀÀÀ"];
        uint8[2][5] memory fitting = [[75, 0], [1, 37], [73, 1], [74, 0], [70, 0]];
        string[5] memory excess = ["", "", "", unicode"ÀÀ", unicode"ÀÀÀ"];
        uint8[2][5] memory exceeding = [[76, 0], [0, 38], [2, 37], [73, 0], [72, 0]];
        for (uint256 i; i < 5; ++i) {
            _named(fitting[i], fit[i], "");
            _named(exceeding[i], excess[i], ' textLength="640" lengthAdjust="spacingAndGlyphs"');
        }
        string memory marks = "";
        for (uint256 i; i < 75; ++i) {
            marks = string.concat(marks, "&");
        }
        _named([0, 0], marks, ""); // though longer as it stands in the drawing
    }

    /// @dev A name of so many Latin letters and Chinese characters.
    function _named(uint8[2] memory counts, string memory text, string memory fitted) private {
        string memory chosen = text;
        for (uint256 i; i < counts[0]; ++i) {
            chosen = string.concat("W", chosen);
        }
        for (uint256 i; i < counts[1]; ++i) {
            chosen = string.concat(chosen, unicode"租");
        }
        subject.set(SeriesLabel("A", chosen, "CNY", 2), 1, 1, 1, false);
        string memory drawn = more.replace(chosen, "&", "&amp;");
        string memory line = string.concat('<text x="420" y="234" class="n"', fitted, ">", drawn);
        more.assertEq(_lines(_token())[3], line, "name");
    }
}
