// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ICollateralVault} from "./interfaces/ICollateralVault.sol";
import {ExactTransfer} from "./libraries/ExactTransfer.sol";

/// @title Custody of collateral and cash
/// @dev Credits change by the operator's amounts, never by the token balance. So tokens that are sent here directly
/// belong to nobody and cannot be withdrawn: a function for that would be another way to take accounts' tokens.
contract CollateralVault is ICollateralVault, Ownable, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    uint256 private constant SLOTS = 9;
    uint256 private constant CASH = 8;

    /// @dev The gas limit of a push. A transfer uses 30 000 to 100 000. One that needs more than the limit becomes a
    /// claim, which has no limit. Without a limit, a token could burn the gas that the operator needs afterwards.
    uint256 private constant PUSH_GAS = 200_000;
    /// @dev PUSH_GAS plus about 50 000 to record a claim. With less, a token that runs out of gas would turn a payment
    /// into a claim, either by the sender's choice or because a gas estimate settles there.
    uint256 private constant RELEASE_GAS = 260_000;

    address private immutable _deployer = msg.sender;

    /// @inheritdoc ICollateralVault
    address public operator;
    mapping(uint256 asset => Asset) private _assets;
    /// @inheritdoc ICollateralVault
    mapping(uint256 asset => mapping(address account => uint256)) public claimOf;

    modifier onlyOperator() {
        if (msg.sender != operator) revert NotOperator(msg.sender);
        _;
    }

    /// @param owner_ The owner, who lists assets and sets caps: a timelock, since the first listings come with the
    /// deployment
    /// @param listings The first listings
    constructor(address owner_, Listing[] memory listings) Ownable(owner_) {
        for (uint256 i = 0; i < listings.length; ++i) {
            _list(listings[i].asset, listings[i].token, listings[i].cap);
        }
    }

    /// @inheritdoc ICollateralVault
    function pull(uint256 asset, address from, uint128 amount) external onlyOperator nonReentrant {
        _pull(asset, from, amount, _assets[asset].cap);
    }

    /// @inheritdoc ICollateralVault
    function pullUncapped(uint256 asset, address from, uint128 amount) external onlyOperator nonReentrant {
        _pull(asset, from, amount, type(uint128).max);
    }

    /// @inheritdoc ICollateralVault
    function pullWithPermit(
        uint256 asset,
        address from,
        uint128 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external onlyOperator nonReentrant {
        Asset storage slot = _listedSlot(asset);
        uint256 value = uint256(amount) * slot.scale;
        // slither-disable-next-line reentrancy-no-eth: the guard closes every function that writes
        try IERC20Permit(slot.token).permit(from, address(this), value, deadline, v, r, s) {} catch {}
        _pull(asset, from, amount, slot.cap);
    }

    /// @inheritdoc ICollateralVault
    function release(uint256 asset, address to, uint128 amount) external onlyOperator nonReentrant returns (bool paid) {
        _requireReceiver(to);
        Asset storage slot = _listedSlot(asset);
        uint128 total = slot.total;
        if (amount > total) revert CreditsExceeded(asset, amount, total);
        slot.total = total - amount;
        if (gasleft() < RELEASE_GAS) revert NotEnoughGas(gasleft(), RELEASE_GAS);
        // The return data is not copied, so its length costs nothing. A failed call has left no trace, so the claim is
        // recorded as if the call had not been made.
        // slither-disable-next-line reentrancy-benign: the guard closes every function that writes claims
        try this.push{gas: PUSH_GAS}(asset, to, amount) {
            paid = true;
        } catch {
            slot.owed += amount;
            claimOf[asset][to] += amount;
        }
        emit Released(asset, to, amount, paid);
    }

    /// @inheritdoc ICollateralVault
    function claim(uint256 asset, address to) external nonReentrant returns (uint256 amount) {
        _requireReceiver(to);
        amount = claimOf[asset][msg.sender];
        if (amount == 0) revert NothingOwed(asset, msg.sender);
        claimOf[asset][msg.sender] = 0;
        _assets[asset].owed -= amount;
        emit Claimed(asset, msg.sender, to, amount);
        _pay(asset, to, amount);
    }

    /// @inheritdoc ICollateralVault
    function push(uint256 asset, address to, uint256 amount) external {
        if (msg.sender != address(this)) revert NotTheVault(msg.sender);
        _pay(asset, to, amount);
    }

    /// @inheritdoc ICollateralVault
    function listAsset(uint256 asset, address token, uint128 cap) external onlyOwner nonReentrant {
        _list(asset, token, cap);
    }

    /// @inheritdoc ICollateralVault
    function setCap(uint256 asset, uint128 cap) external onlyOwner {
        _listedSlot(asset).cap = cap;
        emit CapChanged(asset, cap);
    }

    /// @inheritdoc ICollateralVault
    function setOperator(address operator_) external {
        if (msg.sender != _deployer) revert NotDeployer(msg.sender);
        if (operator != address(0)) revert OperatorAlreadySet(operator);
        if (operator_.code.length == 0) revert NotAContract(operator_);
        operator = operator_;
        emit OperatorSet(operator_);
    }

    /// @inheritdoc ICollateralVault
    function assetOf(uint256 asset) external view returns (Asset memory) {
        return _assets[asset];
    }

    function _list(uint256 asset, address token, uint128 cap) private {
        if (asset >= SLOTS) revert NoSuchSlot(asset);
        Asset storage slot = _assets[asset];
        // Accounts may owe each other cash while the vault has none, so a total of 0 does not mean that nobody has
        // credits.
        bool isCash = asset == CASH && slot.token != address(0);
        if (isCash || slot.total != 0 || slot.owed != 0) revert SlotInUse(asset, slot.total, slot.owed);
        uint64 scale = ExactTransfer.scaleOf(token);
        for (uint256 i = 0; i < SLOTS; ++i) {
            if (_assets[i].token == token) revert AlreadyListed(token, i);
        }
        (slot.token, slot.scale, slot.cap) = (token, scale, cap);
        emit AssetListed(asset, token, scale, cap);
    }

    function _pull(uint256 asset, address from, uint128 amount, uint128 cap) private {
        Asset storage slot = _listedSlot(asset);
        uint128 total = slot.total;
        uint128 room = cap > total ? cap - total : 0;
        if (amount > room) revert CapExceeded(asset, amount, room);
        slot.total = total + amount;
        emit Pulled(asset, from, amount);

        IERC20 token = IERC20(slot.token);
        uint256 value = uint256(amount) * slot.scale;
        uint256 balanceBefore = token.balanceOf(address(this));
        // slither-disable-next-line arbitrary-send-erc20: the operator makes sure that `from` asked for it
        token.safeTransferFrom(from, address(this), value);
        uint256 balanceAfter = token.balanceOf(address(this));
        if (balanceAfter != balanceBefore + value) {
            revert InexactTransfer(asset, balanceBefore, balanceAfter, value);
        }
    }

    /// @dev Checks the vault's balance only. A token may take a fee from the receiver; that must not block a payment. A
    /// token that takes more than the value from the vault would take other accounts' funds.
    function _pay(uint256 asset, address to, uint256 amount) private {
        Asset storage slot = _assets[asset];
        IERC20 token = IERC20(slot.token);
        uint256 value = amount * slot.scale;
        uint256 balanceBefore = token.balanceOf(address(this));
        token.safeTransfer(to, value);
        uint256 balanceAfter = token.balanceOf(address(this));
        if (balanceAfter + value != balanceBefore) {
            revert InexactTransfer(asset, balanceBefore, balanceAfter, value);
        }
    }

    function _listedSlot(uint256 asset) private view returns (Asset storage slot) {
        slot = _assets[asset];
        if (slot.token == address(0)) revert NotListed(asset);
    }

    function _requireReceiver(address to) private view {
        if (to == address(0) || to == address(this)) revert InvalidReceiver(to);
    }
}
