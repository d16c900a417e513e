// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The venue's first-loss tranche
/// @notice A deposit that pays for defaults before the insurance fund. Fees of fills are paid into it. It leaves after a
/// notice that is longer than heartbeat, grace, the bound of `freeze` and an auction together, and never while an
/// account is late, seized or frozen.
/// @dev In micro of the quote token. One tranche belongs to one house, which deploys with it.
interface IFirstLoss {
    /// @notice The notice of a withdrawal.
    /// @param amount The announced part; 0 for none
    /// @param from The live time from which it may leave
    struct Notice {
        uint128 amount;
        uint40 from;
    }

    error NotHouse(address caller);
    error NotVenue(address caller);
    error NotDeployer(address caller);
    error AlreadySet(address house);
    error NotAContract(address account);
    error InvalidReceiver(address to);
    error BalanceExceeded(uint256 amount, uint256 balance);
    error NoNotice();
    error NoticeRunning(uint256 until);
    /// @notice Accounts are seized or frozen, or the market has ended.
    error DefaultsStand(uint256 seized, uint256 frozen, bool ended);
    error NotLate(uint256 account);

    event HouseSet(address indexed house);
    event Deposited(address indexed from, uint128 amount);
    event WithdrawalAnnounced(uint128 amount, uint256 from);
    /// @notice Somebody has named a late account, so the notice begins again.
    event NoticeRestarted(uint256 indexed account, uint256 from);
    event Withdrawn(address indexed to, uint128 amount);
    event Paid(address indexed to, uint128 amount);

    /// @notice Adds to the tranche; anybody may.
    function deposit(uint128 amount) external;
    /// @notice Gives notice that a part leaves; replaces an earlier notice. Only for the venue.
    function announceWithdrawal(uint128 amount) external;
    /// @notice Starts the notice again, because an account is late. Anybody may call this.
    function dispute(uint256 account) external;
    /// @notice Pays the announced part to `to`. Only for the venue, once the notice is over.
    function withdraw(address to) external;
    /// @notice Pays for a default. Only for the house.
    function pay(address to, uint128 amount) external;
    /// @notice Sets the house, once. Only for the deployer.
    function setHouse(address house_) external;

    function balance() external view returns (uint256);
    function notice() external view returns (uint128 amount, uint256 from);
    function house() external view returns (address);
    function token() external view returns (address);
    /// @notice The live time between the notice of a withdrawal and the withdrawal: longer than the upper bounds of
    /// heartbeat, grace, the bound of `freeze` and an auction together.
    // slither-disable-next-line naming-convention: a constant
    function NOTICE() external view returns (uint256);
}
