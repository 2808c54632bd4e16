"""What training on points needs: nothing of its own."""

from tgan_demo.contract import Plan

PLAN = Plan()
