//! What the gateway has been told and must be told again when it was started anew.

use std::collections::HashMap;

use berth_domain::ids::UserId;
use berth_domain::ports::gateway::RunSpend;
use berth_domain::run_token::TokenHash;

use super::mirror::Mirror;
use crate::wire::Order;

/// Open workspaces and grants in force, as the orders that made them so.
#[derive(Debug, Default)]
pub(super) struct Memory {
    open: HashMap<UserId, Order>,
    granted: HashMap<TokenHash, Order>,
}

impl Memory {
    /// Everything, grants first: when a socket is there again, its tokens are.
    pub(super) fn all(&self) -> impl Iterator<Item = Order> {
        self.granted.values().chain(self.open.values()).cloned()
    }

    /// Whether an order is in force that was carried out once.
    pub(super) fn holds(&self, order: &Order) -> bool {
        match order {
            Order::Open { user, .. } => self.open.contains_key(user),
            Order::Grant { token, .. } => self.granted.contains_key(token),
            Order::Close(_) | Order::Revoke(_) | Order::Told => true,
        }
    }

    /// Takes in that an order was carried out.
    pub(super) fn done(&mut self, order: Order, spend: RunSpend, mirror: &Mirror) {
        match &order {
            Order::Open { user, .. } => {
                self.open.insert(*user, order);
            }
            Order::Grant { token, grant } => {
                mirror.granted(*token, grant.run_id, spend);
                // What it spends from here on is in the ledger when it is told again.
                let mut grant = grant.clone();
                grant.unspent = false;
                let token = *token;
                self.granted.insert(token, Order::Grant { token, grant });
            }
            Order::Close(_) | Order::Revoke(_) => self.forget(&order, mirror),
            Order::Told => {}
        }
    }

    /// Takes in that what is closed or revoked is not wanted, whether or not the gateway has heard it.
    pub(super) fn forget(&mut self, order: &Order, mirror: &Mirror) {
        match order {
            Order::Close(user) => {
                self.open.remove(user);
            }
            Order::Revoke(token) => {
                self.granted.remove(token);
                mirror.revoked(*token);
            }
            Order::Open { .. } | Order::Grant { .. } | Order::Told => {}
        }
    }
}

/// The order that takes another one back.
pub(super) fn opposite(order: &Order) -> Option<Order> {
    match order {
        Order::Open { user, .. } => Some(Order::Close(*user)),
        Order::Grant { token, .. } => Some(Order::Revoke(*token)),
        Order::Close(_) | Order::Revoke(_) | Order::Told => None,
    }
}
