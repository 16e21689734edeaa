// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISpv, State} from "../../src/interfaces/ISpv.sol";
import {ActiveFixture} from "./Fixture.sol";

/// @notice An active series, its record dates, and what holders get for them.
abstract contract RecordFixture is ActiveFixture {
    uint256 internal constant FIRST = 665_753_424; // coupons of CRT01
    uint256 internal constant SECOND = 673_150_684;

    function _distributeQuarter(uint256 quarter) internal returns (uint256 epoch) {
        _collectQuarter(quarter);
        return _distribute();
    }

    /// @dev All four quarters; the redemption comes behind the last.
    function _mature() internal returns (uint256 last) {
        for (uint256 quarter; quarter < 4; ++quarter) {
            last = _distributeQuarter(quarter);
        }
        vm.assertTrue(spv.status().state == State.Matured, "matured");
    }

    function _share(uint256 amount, uint256 units) internal pure returns (uint256) {
        return amount * units / SIZE;
    }

    function _kept(uint256 tokenId, uint256 epoch) internal view returns (uint256) {
        return receipts.keptOf(tokenId, epoch).units();
    }

    function _freeze(address holder, bool frozen) internal {
        vm.prank(compliance);
        receipts.setHolderFrozen(holder, frozen, "list");
    }

    function _freeze(uint256 tokenId, bool frozen) internal {
        vm.prank(compliance);
        receipts.setReceiptFrozen(_ids(tokenId), frozen, "court");
    }

    /// @dev There is nothing in the list that can be paid now.
    function _paysNothing(uint256 epoch, uint256[] memory list) internal {
        vm.expectRevert(abi.encodeWithSelector(ISpv.NothingToPay.selector, epoch));
        spv.pay(epoch, list);
    }
}
