// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Accounts, Outcome, Period, Waterfall, WaterfallTerms} from "../../src/libraries/Waterfall.sol";

/// @notice The library's function from outside; made from its artifact, since only via-IR compiles it.
contract WaterfallHarness {
    function run(Accounts memory a, WaterfallTerms memory t, Period memory p, uint256 units, bool turbo)
        external
        pure
        returns (Accounts memory, Outcome memory o)
    {
        o = Waterfall.run(a, t, p, units, turbo);
        return (a, o);
    }
}
