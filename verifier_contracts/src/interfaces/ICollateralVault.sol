// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The tokens behind the accounts' collateral and cash
/// @notice Nine slots: 0 to 7 are the collateral amounts of an account in their order, 8 is its cash. The vault knows
/// no accounts. It knows, for each slot, the sum of their credits and who is owed a payment that a token refused.
/// @dev Amounts are in micro, 1e-6 of the asset, unless they are called a value: that is in the token's own unit, and
/// value = amount * scale, without remainder. balanceOf(vault) >= (total + owed) * scale holds for every slot.
interface ICollateralVault {
    /// @notice A slot.
    /// @param token The token; the zero address where nothing is listed
    /// @param scale Units of the token in one micro: 10^(decimals - 6)
    /// @param cap The most that `total` may become by a pull, unless that is uncapped; below `total`, the asset
    /// otherwise only flows out
    /// @param total Credits of all accounts together
    /// @param owed Claims of all receivers together
    struct Asset {
        address token;
        uint64 scale;
        uint128 cap;
        uint128 total;
        uint256 owed;
    }

    /// @notice A token and its slot, at deployment; see `listAsset`.
    struct Listing {
        uint256 asset;
        address token;
        uint128 cap;
    }

    /// @notice The caller is not the operator.
    error NotOperator(address caller);
    /// @notice Only the vault itself may call this.
    error NotTheVault(address caller);
    /// @notice Only who deployed the contract may.
    error NotDeployer(address caller);
    /// @notice The operator was set before, and stays.
    error OperatorAlreadySet(address operator);
    /// @notice The address has no code.
    error NotAContract(address account);
    /// @notice There is no slot of this number.
    error NoSuchSlot(uint256 asset);
    /// @notice Nothing is listed in the slot.
    error NotListed(uint256 asset);
    /// @notice The token is listed already.
    error AlreadyListed(address token, uint256 asset);
    /// @notice The slot's token has credits or claims, or is that of cash, and cannot be exchanged.
    error SlotInUse(uint256 asset, uint256 total, uint256 owed);
    /// @notice The token does not have 6 to 18 decimals; 0 also stands for one that does not say.
    error UnsupportedDecimals(address token, uint256 decimals);
    /// @notice The deposit is larger than what the cap leaves.
    error CapExceeded(uint256 asset, uint256 amount, uint256 room);
    /// @notice More is to be released than there are credits.
    error CreditsExceeded(uint256 asset, uint256 amount, uint256 total);
    /// @notice The vault's balance did not change by the transfer's value.
    error InexactTransfer(uint256 asset, uint256 balanceBefore, uint256 balanceAfter, uint256 value);
    /// @notice Nobody can be paid at this address.
    error InvalidReceiver(address to);
    /// @notice The caller has no claim.
    error NothingOwed(uint256 asset, address account);
    /// @notice Too little gas is left to tell a token that refuses from a call that starves.
    error NotEnoughGas(uint256 left, uint256 needed);

    /// @notice The operator was set, for good.
    event OperatorSet(address indexed operator);
    /// @notice A token was listed.
    event AssetListed(uint256 indexed asset, address indexed token, uint256 scale, uint256 cap);
    /// @notice A cap was changed.
    event CapChanged(uint256 indexed asset, uint256 cap);
    /// @notice Tokens came in and became credits.
    event Pulled(uint256 indexed asset, address indexed from, uint256 amount);
    /// @notice Credits left: as a payment, or where the token refused it, as a claim.
    event Released(uint256 indexed asset, address indexed to, uint256 amount, bool paid);
    /// @notice A claim was paid.
    event Claimed(uint256 indexed asset, address indexed account, address indexed to, uint256 amount);

    /// @notice Takes tokens that `from` has approved, and adds them to the credits. For the operator.
    /// @dev An approval of the vault is in the operator's hands: it owes that `from` asked for this, best by passing
    /// its own caller. Reverts unless the vault's balance grows by exactly the value asked.
    function pull(uint256 asset, address from, uint128 amount) external;

    /// @notice `pull` whatever the cap. For the operator, where funds have to come in so that somebody else is paid.
    /// @dev A cap is for who comes by itself. A takeover that it stopped would leave a default in place.
    function pullUncapped(uint256 asset, address from, uint128 amount) external;

    /// @notice `pull` with an ERC-2612 permit of exactly the value, `amount * scale`, for the vault. For the operator.
    /// @dev A permit that fails is no failure: anybody can use it up beforehand, and then the allowance is there. Nor
    /// is a permit that succeeds an authorisation, since some tokens accept any. What counts is the transfer.
    function pullWithPermit(
        uint256 asset,
        address from,
        uint128 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Takes credits away and pays them to `to`; if the token refuses, `to` has a claim. For the operator.
    /// @dev Whatever the token does, this does not revert, so no token can hold up a liquidation. It reverts for more
    /// than there are credits, for the zero address, for the vault's own, and short of gas.
    /// @return paid Whether `to` has been paid
    function release(uint256 asset, address to, uint128 amount) external returns (bool paid);

    /// @notice Pays the caller's claim, all of it, to an address of the caller's choice.
    /// @dev It depends on the token and on no other contract; there is no pause. If the token refuses, it reverts with
    /// the token's reason, and the claim stays.
    /// @return amount What was paid
    function claim(uint256 asset, address to) external returns (uint256 amount);

    /// @notice The payment of a release, in a call of its own so that it can fail alone. For the vault itself.
    function push(uint256 asset, address to, uint256 amount) external;

    /// @notice Lists a token in a slot that has no credits and no claims. For the owner.
    /// @dev Reads the decimals, once. A token has one slot at most. Slot 8, cash, is listed once and for all: the debts
    /// of some accounts can make its total 0 while others have credits.
    function listAsset(uint256 asset, address token, uint128 cap) external;

    /// @notice Changes a cap, which may be below the credits. For the owner.
    function setCap(uint256 asset, uint128 cap) external;

    /// @notice Sets the operator, once. For who deployed the contract.
    function setOperator(address operator_) external;

    /// @notice The contract that alone moves credits; the zero address before it is set.
    function operator() external view returns (address);

    /// @notice What is in a slot.
    function assetOf(uint256 asset) external view returns (Asset memory);

    /// @notice What an account can claim.
    function claimOf(uint256 asset, address account) external view returns (uint256 amount);
}
