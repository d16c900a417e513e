// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Signers of whom a threshold has to agree, and how they change
/// @notice A change is scheduled by the admin and applied by anybody, not before `delay` has passed: whoever relies on
/// the signers sees who is going to sign, in time to leave. Until then the admin can cancel it.
interface ISignerQuorum {
    /// @notice Only the admin schedules and cancels.
    error NotAdmin(address caller);
    /// @notice There has to be an admin.
    error NoAdmin();
    /// @notice The delay is out of range.
    error DelayOutOfRange(uint256 delay, uint256 least, uint256 most);
    /// @notice There are too many signers.
    error TooManySigners(uint256 given, uint256 most);
    /// @notice The threshold is below two, or above the number of signers.
    error ThresholdOutOfRange(uint256 threshold, uint256 least, uint256 signers);
    /// @notice Signers stand in strictly rising order, which makes the zero address and duplicates impossible.
    error SignersNotAscending(address previous, address next);
    /// @notice There are fewer signatures than the threshold.
    error TooFewSignatures(uint256 given, uint256 threshold);
    /// @notice A signature is by somebody who is not a signer, or of something else.
    error NotASigner(address recovered);

    /// @notice A new set of signers was scheduled.
    event SignersScheduled(address[] signers, uint256 threshold, uint256 readyAt);
    /// @notice A scheduled set of signers was cancelled.
    event SignersCancelled(bytes32 indexed change);
    /// @notice A set of signers took effect.
    event SignersChanged(address[] signers, uint256 threshold);

    /// @notice Schedules a set of signers, to replace all of the present ones.
    /// @dev One at a time: of two, anybody could apply the older one long after the other.
    /// @param signers_ In rising order
    /// @param threshold_ How many of them have to sign
    function scheduleSigners(address[] calldata signers_, uint256 threshold_) external;

    /// @notice Lets the scheduled signers take effect. Anybody may, once `delay` has passed.
    function applySigners(address[] calldata signers_, uint256 threshold_) external;

    /// @notice Cancels the scheduled signers.
    function cancelSigners() external;

    /// @notice The signers, in rising order.
    function signers() external view returns (address[] memory);

    /// @notice Whether signatures of an account count.
    function isSigner(address account) external view returns (bool);

    /// @notice How many signers have to sign.
    function threshold() external view returns (uint256);

    /// @notice What is scheduled.
    /// @return change keccak256(abi.encode(signers, threshold)), or 0 for nothing
    /// @return readyAt From when on it can be applied
    function pendingSigners() external view returns (bytes32 change, uint256 readyAt);

    /// @notice Who schedules and cancels changes: meant to be a TimelockController.
    function admin() external view returns (address);

    /// @notice The seconds between the schedule of a change and its effect.
    function delay() external view returns (uint256);
}
