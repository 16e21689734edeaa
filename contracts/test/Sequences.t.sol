// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Fixture} from "./utils/Fixture.sol";
import {World} from "./utils/World.sol";

/// @notice After any sequence of bindings, rotations, recoveries, appended and forked logs, honest and forged roots,
/// attestations, claims, funding and revocations: no thousandth of a line was paid for twice, nobody got more than
/// their points over all of their wallets, no more was issued than the budget, and what was issued to a person never
/// fell. An honest root always stands, a forged one always falls.
contract SequencesTest is Fixture {
    World internal world;

    function setUp() public override {
        world = new World();
    }

    function testFuzzSequences(uint256 seed) external {
        world.run(seed);
    }

    /// @dev The property would hold of a world in which nothing is done, too.
    function testEveryStepIsDone() external {
        uint256[15] memory done;
        for (uint256 seed; seed < 40; ++seed) {
            uint256 before = vm.snapshotState();
            world.run(seed);
            for (uint256 step; step < 15; ++step) {
                done[step] += world.done(step);
            }
            vm.revertToState(before);
        }
        for (uint256 step; step < 15; ++step) {
            vm.assertGe(done[step], 5, vm.toString(step));
        }
    }
}
