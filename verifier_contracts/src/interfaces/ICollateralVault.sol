// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Custody of collateral and cash
/// @notice The vault has nine slots: 0 to 7 hold the collateral assets of an account in their order, 8 holds its cash.
/// It does not know accounts. For each slot it keeps the sum of their credits, and the claims on payments that a token
/// refused.
/// @dev An amount is in micro, 1e-6 of the asset. A *value* is in the token's own unit: value = amount * scale, without
/// remainder. balanceOf(vault) >= (total + owed) * scale holds for every slot.
interface ICollateralVault {
    /// @notice A slot.
    /// @param token The token; the zero address for an empty slot
    /// @param scale Units of the token in one micro: 10^(decimals - 6)
    /// @param cap The upper bound of `total` for capped pulls; if it is below `total`, only uncapped pulls add credits
    /// @param total The credits of all accounts together
    /// @param owed The claims of all receivers together
    struct Asset {
        address token;
        uint64 scale;
        uint128 cap;
        uint128 total;
        uint256 owed;
    }

    /// @notice A listing at deployment; see `listAsset`.
    /// @param asset The slot
    /// @param token The token
    /// @param cap The cap of the slot
    struct Listing {
        uint256 asset;
        address token;
        uint128 cap;
    }

    /// @notice The caller is not the operator.
    error NotOperator(address caller);
    /// @notice The caller is not the vault itself.
    error NotTheVault(address caller);
    /// @notice The caller is not the deployer of the contract.
    error NotDeployer(address caller);
    /// @notice The operator is already set and cannot be changed.
    error OperatorAlreadySet(address operator);
    /// @notice The address has no code.
    error NotAContract(address account);
    /// @notice The slot does not exist.
    error NoSuchSlot(uint256 asset);
    /// @notice The slot is empty.
    error NotListed(uint256 asset);
    /// @notice The token is already listed in slot `asset`.
    error AlreadyListed(address token, uint256 asset);
    /// @notice The slot's token cannot be replaced: the slot has credits or claims, or it is the cash slot.
    error SlotInUse(uint256 asset, uint256 total, uint256 owed);
    /// @notice The amount exceeds the room below the cap.
    error CapExceeded(uint256 asset, uint256 amount, uint256 room);
    /// @notice The amount exceeds the credits.
    error CreditsExceeded(uint256 asset, uint256 amount, uint256 total);
    /// @notice The vault's balance did not change by exactly the value of the transfer.
    error InexactTransfer(uint256 asset, uint256 balanceBefore, uint256 balanceAfter, uint256 value);
    /// @notice The receiver is the zero address or the vault.
    error InvalidReceiver(address to);
    /// @notice The caller has no claim.
    error NothingOwed(uint256 asset, address account);
    /// @notice Too little gas is left to tell a token's refusal from a lack of gas.
    error NotEnoughGas(uint256 left, uint256 needed);

    /// @notice The operator was set, permanently.
    event OperatorSet(address indexed operator);
    /// @notice A token was listed.
    event AssetListed(uint256 indexed asset, address indexed token, uint256 scale, uint256 cap);
    /// @notice A cap was changed.
    event CapChanged(uint256 indexed asset, uint256 cap);
    /// @notice Tokens came in and became credits.
    event Pulled(uint256 indexed asset, address indexed from, uint256 amount);
    /// @notice Credits left, as a payment or, if the token refused it, as a claim.
    event Released(uint256 indexed asset, address indexed to, uint256 amount, bool paid);
    /// @notice A claim was paid.
    event Claimed(uint256 indexed asset, address indexed account, address indexed to, uint256 amount);

    /// @notice Takes tokens that `from` has approved, and adds them to the credits. Only for the operator.
    /// @dev An approval of the vault gives the operator control over the tokens. The operator must make sure that
    /// `from` asked for the transfer, ideally by passing its own caller. Reverts unless the vault's balance grows by
    /// exactly the value.
    /// @param asset The slot
    /// @param from The payer
    /// @param amount The amount, in micro
    function pull(uint256 asset, address from, uint128 amount) external;

    /// @notice Takes tokens like `pull`, regardless of the cap. Only for the operator, when funds must come in to pay
    /// somebody else.
    /// @dev A cap limits voluntary deposits. If it stopped a takeover, the default would remain.
    /// @param asset The slot
    /// @param from The payer
    /// @param amount The amount, in micro
    function pullUncapped(uint256 asset, address from, uint128 amount) external;

    /// @notice Takes tokens like `pull`, with an ERC-2612 permit for exactly the value, `amount * scale`. Only for the
    /// operator.
    /// @dev A failing permit is ignored, since anybody can use a permit first and so create the allowance. A succeeding
    /// permit authorises nothing either, since some tokens accept any permit. Only the transfer counts.
    /// @param asset The slot
    /// @param from The payer, who signed the permit
    /// @param amount The amount, in micro
    /// @param deadline The deadline of the permit
    /// @param v The recovery id of the signature
    /// @param r The first half of the signature
    /// @param s The second half of the signature
    function pullWithPermit(
        uint256 asset,
        address from,
        uint128 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external;

    /// @notice Removes credits and pays them to `to`. If the token refuses, `to` gets a claim. Only for the operator.
    /// @dev Does not revert whatever the token does, so that no token can block a liquidation. Reverts if the amount
    /// exceeds the credits, if `to` is the zero address or the vault, and if too little gas is left.
    /// @param asset The slot
    /// @param to The receiver
    /// @param amount The amount, in micro
    /// @return paid Whether the token was transferred; false if `to` got a claim
    function release(uint256 asset, address to, uint128 amount) external returns (bool paid);

    /// @notice Pays the caller's whole claim to an address of the caller's choice.
    /// @dev Depends on the token and on no other contract, and cannot be paused. If the token refuses, it reverts with
    /// the token's reason and the claim remains.
    /// @param asset The slot
    /// @param to The receiver
    /// @return amount The amount paid, in micro
    function claim(uint256 asset, address to) external returns (uint256 amount);

    /// @notice Makes the payment of `release`, in a separate call that can fail alone. Only for the vault itself.
    /// @param asset The slot
    /// @param to The receiver
    /// @param amount The amount, in micro
    function push(uint256 asset, address to, uint256 amount) external;

    /// @notice Lists a token in a slot without credits and claims. Only for the contract's owner.
    /// @dev The token's decimals are read once. A token has at most one slot. The cash slot, 8, is listed only once:
    /// the debts of some accounts can make its total 0 while other accounts have credits.
    /// @param asset The slot
    /// @param token The token
    /// @param cap The cap of the slot
    function listAsset(uint256 asset, address token, uint128 cap) external;

    /// @notice Changes a cap. It may be below the credits. Only for the contract's owner.
    /// @param asset The slot
    /// @param cap The new cap
    function setCap(uint256 asset, uint128 cap) external;

    /// @notice Sets the operator, once. Only for the deployer of the contract.
    /// @param operator_ The contract that moves credits from now on
    function setOperator(address operator_) external;

    /// @notice The operator, which alone moves credits.
    /// @return Its address; the zero address before it is set
    function operator() external view returns (address);

    /// @notice The content of a slot.
    /// @param asset The slot
    /// @return The token, its scale, the cap, credits and claims
    function assetOf(uint256 asset) external view returns (Asset memory);

    /// @notice The claim of an account.
    /// @param asset The slot
    /// @param account The address that has the claim
    /// @return amount The amount, in micro
    function claimOf(uint256 asset, address account) external view returns (uint256 amount);
}
