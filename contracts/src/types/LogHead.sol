// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What a repository's log has beside its root, in one storage word.
/// @dev Bit layout, from the lowest bit:
///
///      160  maintainer  zero: there is no such log
///       48  size        entries in it
///       48  batches     appended so far
///
type LogHead is uint256;

using LogHeadLibrary for LogHead global;

library LogHeadLibrary {
    uint256 private constant SIZE_AT = 160;
    uint256 private constant BATCHES_AT = 208;

    function make(address maintainer_, uint256 size_, uint256 batches_) internal pure returns (LogHead) {
        return LogHead.wrap(uint256(uint160(maintainer_)) | (size_ << SIZE_AT) | (batches_ << BATCHES_AT));
    }

    function maintainer(LogHead self) internal pure returns (address) {
        return address(uint160(LogHead.unwrap(self)));
    }

    function size(LogHead self) internal pure returns (uint256) {
        return uint48(LogHead.unwrap(self) >> SIZE_AT);
    }

    function batches(LogHead self) internal pure returns (uint256) {
        return LogHead.unwrap(self) >> BATCHES_AT;
    }

    function withMaintainer(LogHead self, address maintainer_) internal pure returns (LogHead) {
        return LogHead.wrap((LogHead.unwrap(self) >> SIZE_AT << SIZE_AT) | uint256(uint160(maintainer_)));
    }

    /// @dev One batch more. 48 bits outlast the chain; the caller has checked that the size stays within as many.
    function withBatch(LogHead self, uint256 size_) internal pure returns (LogHead) {
        unchecked {
            return make(maintainer(self), size_, batches(self) + 1);
        }
    }
}
