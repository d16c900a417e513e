// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CollateralVault} from "../src/CollateralVault.sol";
import {ICollateralVault} from "../src/interfaces/ICollateralVault.sol";
import {Test} from "./Vm.sol";
import {FeeToken} from "./tokens/FeeToken.sol";
import {FreezableToken} from "./tokens/FreezableToken.sol";
import {HostileToken} from "./tokens/HostileToken.sol";
import {NoReturnToken} from "./tokens/NoReturnToken.sol";
import {ReentrantToken} from "./tokens/ReentrantToken.sol";
import {TestToken} from "./tokens/TestToken.sol";

/// @dev Operator and owner of a vault whose tokens misbehave in every way at random times. It counts its actions.
contract VaultHandler is Test {
    uint256 private constant LARGEST = 10 ** 15;
    address private constant STRANGER = address(0xBAD);

    CollateralVault public immutable vault;
    uint256[6] public slots = [uint256(0), 1, 2, 3, 4, 8];
    address[3] public actors;

    FreezableToken private immutable _coin = new FreezableToken(18);
    FreezableToken private immutable _usd = new FreezableToken(6);
    FeeToken private immutable _fee = new FeeToken(12);
    HostileToken private immutable _hostile = new HostileToken(18);
    ReentrantToken private immutable _reentrant = new ReentrantToken(8);
    TestToken private immutable _spare = new TestToken(6);

    mapping(uint256 asset => uint256) public pulled;
    mapping(uint256 asset => uint256) public released;
    mapping(uint256 asset => uint256) public refused;
    mapping(uint256 asset => uint256) public claimed;
    mapping(uint256 asset => uint256) public given;
    /// @dev Forbidden events: a stranger's call succeeds, or a valid release fails.
    uint256 public breaches;
    uint256 public lockedReleases;

    constructor() {
        address[6] memory tokens = [
            address(_coin),
            address(_fee),
            address(_hostile),
            address(_reentrant),
            address(new NoReturnToken()),
            address(_usd)
        ];
        ICollateralVault.Listing[] memory listings = new ICollateralVault.Listing[](6);
        for (uint256 i = 0; i < 6; ++i) {
            listings[i] = ICollateralVault.Listing(slots[i], tokens[i], type(uint128).max);
        }
        vault = new CollateralVault(address(this), listings);
        // The reentrant token may have claims too.
        actors = [vm.addr(1), vm.addr(2), address(_reentrant)];
    }

    // --- actions of the operator

    function pull(uint256 slot, uint256 actor, uint128 amount, bool capped) external {
        (uint256 asset, address from) = (slots[slot % 6], actors[actor % 3]);
        amount = _fund(asset, from, amount);
        address token = vault.assetOf(asset).token;
        vm.prank(from);
        NoReturnToken(token).approve(address(vault), type(uint256).max);
        if (capped) vault.pull(asset, from, amount);
        else vault.pullUncapped(asset, from, amount);
        pulled[asset] += amount;
    }

    function pullWithPermit(uint256 slot, uint256 key, uint128 amount) external {
        uint256 asset = slots[slot % 4];
        key = 1 + key % 2;
        amount = _fund(asset, vm.addr(key), amount);
        (uint8 v, bytes32 r, bytes32 s) = _permit(asset, key, amount);
        vault.pullWithPermit(asset, vm.addr(key), amount, block.timestamp, v, r, s);
        pulled[asset] += amount;
    }

    function release(uint256 slot, uint256 actor, uint128 amount) external {
        (uint256 asset, address to) = (slots[slot % 6], actors[actor % 3]);
        amount %= vault.assetOf(asset).total + 1;
        try vault.release(asset, to, amount) returns (bool paid) {
            released[asset] += amount;
            if (!paid) refused[asset] += amount;
        } catch {
            ++lockedReleases;
        }
    }

    // --- actions of others

    /// @dev Takes the first existing claim from a random place on, since most pairs of slot and actor have none.
    function claim(uint256 place, address to) external {
        for (uint256 i = 0; i < 18; ++i) {
            uint256 next = (place % 18 + i) % 18;
            (uint256 asset, address account) = (slots[next / 3], actors[next % 3]);
            if (vault.claimOf(asset, account) == 0) continue;
            vm.prank(account);
            claimed[asset] += vault.claim(asset, to);
            return;
        }
    }

    function give(uint256 slot, uint128 value) external {
        uint256 asset = slots[slot % 6];
        value %= uint128(LARGEST);
        TestToken(vault.assetOf(asset).token).mint(address(vault), value);
        given[asset] += value;
    }

    /// @dev Calls that must always fail: a stranger's calls, and releases beyond the credits.
    function intrude(uint256 slot, uint8 what, uint128 amount) external {
        uint256 asset = slots[slot % 6];
        bytes memory data = _calls(asset, what, amount);
        vm.prank(STRANGER);
        (bool done,) = address(vault).call(data);
        if (done) ++breaches;
        uint128 tooMuch = vault.assetOf(asset).total + 1 + amount % uint128(LARGEST);
        (done,) = address(vault).call(abi.encodeCall(vault.release, (asset, actors[0], tooMuch)));
        if (done) ++breaches;
    }

    /// @dev The owner changes a cap, and tries to replace a token that is in use.
    function administer(uint256 slot, uint128 cap) external {
        uint256 asset = slots[slot % 6];
        // Most of the time there is room below the cap.
        vault.setCap(asset, cap % 4 == 0 ? cap % uint128(LARGEST) : type(uint128).max);
        ICollateralVault.Asset memory before = vault.assetOf(asset);
        if (asset != 8 && before.total == 0 && before.owed == 0) return;
        (bool done,) = address(vault).call(abi.encodeCall(vault.listAsset, (asset, address(_spare), 1)));
        if (done) ++breaches;
    }

    /// @dev One token starts or stops to misbehave; with 7 all tokens behave again.
    function disturb(uint8 what, uint256 which, bool on, uint128 amount) external {
        what %= 8;
        if (what == 0) _coin.freeze(actors[which % 3], on);
        else if (what == 1) _usd.freeze(actors[which % 3], on);
        else if (what == 2) _coin.pause(on);
        else if (what == 3) _usd.pause(on);
        else if (what == 4) _fee.setFee(which % 100, on);
        else if (what == 5) _hostile.turn(HostileToken.Mode(which % 7));
        else if (what == 6) _reentrant.callBack(address(vault), _calls(slots[which % 6], uint8(amount), amount));
        else _calm();
    }

    // --- helpers

    /// @dev All tokens behave again.
    function _calm() private {
        for (uint256 i = 0; i < 3; ++i) {
            _usd.freeze(actors[i], false);
            _coin.freeze(actors[i], false);
        }
        _usd.pause(false);
        _coin.pause(false);
        _fee.setFee(0, false);
        _hostile.turn(HostileToken.Mode.Honest);
        _reentrant.callBack(address(0), "");
    }

    function _fund(uint256 asset, address from, uint128 amount) private returns (uint128) {
        amount %= uint128(LARGEST);
        ICollateralVault.Asset memory slot = vault.assetOf(asset);
        // Twice the value, to cover a fee on top.
        TestToken(slot.token).mint(from, 2 * uint256(amount) * slot.scale);
        return amount;
    }

    function _permit(uint256 asset, uint256 key, uint128 amount) private view returns (uint8 v, bytes32 r, bytes32 s) {
        ICollateralVault.Asset memory slot = vault.assetOf(asset);
        bytes32 typeHash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        uint256 nonce = TestToken(slot.token).nonces(vm.addr(key));
        uint256 value = uint256(amount) * slot.scale;
        bytes32 message = keccak256(abi.encode(typeHash, vm.addr(key), address(vault), value, nonce, block.timestamp));
        bytes32 domain = TestToken(slot.token).DOMAIN_SEPARATOR();
        return vm.sign(key, keccak256(abi.encodePacked(hex"1901", domain, message)));
    }

    /// @dev Calls reserved for operator, owner or vault, and a claim without a balance.
    function _calls(uint256 asset, uint8 what, uint128 amount) private view returns (bytes memory) {
        address victim = actors[amount % 2];
        what %= 8;
        if (what == 0) return abi.encodeCall(vault.pull, (asset, victim, amount));
        if (what == 1) return abi.encodeCall(vault.pullWithPermit, (asset, victim, amount, 0, 27, 0, 0));
        if (what == 2) return abi.encodeCall(vault.release, (asset, STRANGER, amount));
        if (what == 3) return abi.encodeCall(vault.push, (asset, STRANGER, amount));
        if (what == 4) return abi.encodeCall(vault.setCap, (asset, amount));
        if (what == 5) return abi.encodeCall(vault.setOperator, (STRANGER));
        if (what == 6) return abi.encodeCall(vault.listAsset, (5, address(_usd), amount));
        return abi.encodeCall(vault.claim, (asset, STRANGER));
    }
}

contract CollateralVaultInvariants is Test {
    VaultHandler private handler;
    CollateralVault private vault;

    function setUp() public {
        handler = new VaultHandler();
        vault = handler.vault();
        vm.prank(address(handler));
        vault.setOperator(address(handler));
    }

    /// @dev Forge calls this to find the contracts to call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @custom:property M2
    function invariant_attack_27_theBalanceCoversCreditsAndClaims() public {
        handler.disturb(7, 0, false, 0);
        for (uint256 i = 0; i < 6; ++i) {
            uint256 asset = handler.slots(i);
            ICollateralVault.Asset memory slot = vault.assetOf(asset);
            uint256 backed = (slot.total + slot.owed) * slot.scale;
            uint256 balance = TestToken(slot.token).balanceOf(address(vault));
            assertGe(balance, backed);
            // The balance is exact to the unit: any surplus is a gift.
            assertEq(balance, backed + handler.given(asset));
        }
    }

    /// @dev Claims equal the refused releases, and no token blocks a release (row 28).
    /// @custom:property R4
    function invariant_creditsArePullsLessReleasesAndOnlyTheOperatorMovesThem() public view {
        assertEq(handler.breaches(), 0);
        assertEq(handler.lockedReleases(), 0);
        for (uint256 i = 0; i < 6; ++i) {
            uint256 asset = handler.slots(i);
            uint256 sum = 0;
            for (uint256 j = 0; j < 3; ++j) {
                sum += vault.claimOf(asset, handler.actors(j));
            }
            assertEq(vault.assetOf(asset).total, handler.pulled(asset) - handler.released(asset));
            assertEq(vault.assetOf(asset).owed, handler.refused(asset) - handler.claimed(asset));
            assertEq(vault.assetOf(asset).owed, sum);
        }
    }

    /// @dev Row 28 again, at the end of each sequence: once the tokens behave, all claims and then all credits are
    /// paid, and only gifts remain. Forge calls this function by its name.
    function afterInvariant() public {
        handler.disturb(7, 0, false, 0);
        for (uint256 i = 0; i < 6; ++i) {
            uint256 asset = handler.slots(i);
            for (uint256 j = 0; j < 3; ++j) {
                _claimAll(asset, handler.actors(j));
            }
            ICollateralVault.Asset memory slot = vault.assetOf(asset);
            vm.prank(address(handler));
            assertTrue(vault.release(asset, address(0xE817), slot.total));
            assertEq(vault.assetOf(asset).owed, 0);
            assertEq(TestToken(slot.token).balanceOf(address(vault)), handler.given(asset));
        }
    }

    function _claimAll(uint256 asset, address account) private {
        uint256 amount = vault.claimOf(asset, account);
        if (amount == 0) return;
        ICollateralVault.Asset memory slot = vault.assetOf(asset);
        uint256 before = TestToken(slot.token).balanceOf(account);
        vm.prank(account);
        assertEq(vault.claim(asset, account), amount);
        assertEq(TestToken(slot.token).balanceOf(account), before + amount * slot.scale);
    }

    /// @dev Checks that random sequences reach every action.
    function test_theHandlerPaysRefusesAndClaims() public {
        for (uint256 i = 0; i < 600; ++i) {
            (bool done,) = address(handler).call(_call(i));
            // Some calls revert: a token refuses, or a cap is reached.
            done;
        }
        (uint256 refused, uint256 claimed) = (0, 0);
        for (uint256 i = 0; i < 6; ++i) {
            uint256 asset = handler.slots(i);
            assertTrue(handler.pulled(asset) != 0);
            assertTrue(handler.released(asset) != 0);
            if (handler.refused(asset) != 0) ++refused;
            if (handler.claimed(asset) != 0) ++claimed;
        }
        // Two of the tokens do not refuse in this way.
        assertEq(refused, 4);
        assertEq(claimed, 4);
    }

    function _call(uint256 i) private view returns (bytes memory) {
        (uint256 a, uint256 b, uint128 c) = (_dice(i, 1), _dice(i, 2), uint128(_dice(i, 3)));
        i = _dice(i, 0) % 8;
        if (i == 0) return abi.encodeCall(handler.pull, (a, b, c, c % 2 == 0));
        if (i == 1) return abi.encodeCall(handler.pullWithPermit, (a, b, c));
        if (i == 2) return abi.encodeCall(handler.release, (a, b, c));
        if (i == 3) return abi.encodeCall(handler.claim, (a, address(uint160(b))));
        if (i == 4) return abi.encodeCall(handler.give, (a, c));
        if (i == 5) return abi.encodeCall(handler.intrude, (a, uint8(b), c));
        if (i == 6) return abi.encodeCall(handler.administer, (a, c));
        return abi.encodeCall(handler.disturb, (uint8(a), b, c % 2 == 0, c));
    }
}
