// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title A set of signers with a threshold
/// @notice The admin schedules a change of the signers, and anybody can apply it once `delay` has passed. So users
/// learn of new signers in time to leave. The admin can cancel a scheduled change. Removing a signer is immediate: a
/// stolen key must not count for the length of the delay.
interface ISignerQuorum {
    /// @notice The caller is not the admin.
    error NotAdmin(address caller);
    /// @notice The admin is the zero address.
    error NoAdmin();
    /// @notice The caller is neither the guardian nor the admin.
    error NotGuardianNorAdmin(address caller);
    /// @notice The guardian's contract has no code.
    error NoGuardianContract(address guardian);
    /// @notice The delay is out of range.
    error DelayOutOfRange(uint256 delay, uint256 least, uint256 most);
    /// @notice There are too many signers.
    error TooManySigners(uint256 given, uint256 most);
    /// @notice The threshold is below `least`, or above the number of signers.
    error ThresholdOutOfRange(uint256 threshold, uint256 least, uint256 signers);
    /// @notice The signers are not in strictly ascending order. The order excludes duplicates and the zero address.
    error SignersNotAscending(address previous, address next);
    /// @notice There are fewer signatures than the threshold.
    error TooFewSignatures(uint256 given, uint256 threshold);
    /// @notice The address is not a signer. A signature that recovers to it is another's, or of another message.
    error NotASigner(address account);

    /// @notice A new set of signers was scheduled.
    event SignersScheduled(address[] signers, uint256 threshold, uint256 readyAt);
    /// @notice A scheduled set of signers was cancelled.
    event SignersCancelled(bytes32 indexed change);
    /// @notice A set of signers took effect.
    event SignersChanged(address[] signers, uint256 threshold);
    /// @notice A signer was removed, at once.
    /// @param signer The signer
    /// @param caller The guardian or the admin
    /// @param left The number of signers that are left; below the threshold, no message is accepted
    event SignerRemoved(address indexed signer, address indexed caller, uint256 left);

    /// @notice Schedules a set of signers that replaces the present one. Only for the admin.
    /// @dev Only one change can be pending: of two, anybody could apply the older one long after the newer one.
    /// @param signers_ The signers, in ascending order
    /// @param threshold_ The number of signatures that a message needs
    function scheduleSigners(address[] calldata signers_, uint256 threshold_) external;

    /// @notice Applies the scheduled signers. Anybody may call this once `delay` has passed.
    /// @param signers_ The scheduled signers
    /// @param threshold_ The scheduled threshold
    function applySigners(address[] calldata signers_, uint256 threshold_) external;

    /// @notice Cancels the scheduled signers. Only for the admin.
    function cancelSigners() external;

    /// @notice Removes a signer, with effect from this transaction on. Only for the guardian and the admin. The
    /// threshold stays: with fewer signers than that, no message is accepted until a scheduled change takes effect. A
    /// scheduled change that contains the signer is cancelled.
    /// @param signer The signer
    function removeSigner(address signer) external;

    /// @notice The signers.
    /// @return Their addresses, in ascending order
    function signers() external view returns (address[] memory);

    /// @notice Whether an address is a signer.
    /// @param account The address
    /// @return Whether its signatures count
    function isSigner(address account) external view returns (bool);

    /// @notice The number of signatures that a message needs. It may exceed the number of signers after removals.
    /// @return The count, at least 2
    function threshold() external view returns (uint256);

    /// @notice The scheduled signers.
    /// @return change keccak256(abi.encode(signers, threshold)); 0 if nothing is scheduled
    /// @return readyAt The earliest time at which they can be applied
    function pendingSigners() external view returns (bytes32 change, uint256 readyAt);

    /// @notice The admin, which schedules and cancels changes and should be a TimelockController.
    /// @return Its address
    function admin() external view returns (address);

    /// @notice The contract that names the guardian, see IGuardian.
    /// @return Its address
    function guardian() external view returns (address);

    /// @notice The time from the schedule of a change to its effect.
    /// @return In seconds
    function delay() external view returns (uint256);
}
